import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest

from faces import color_service
from faces.addresses import Address
from faces.color_pb2 import ColorRequest
from faces.config import Config
from faces.faults import FaultModel, parse_model
from faces.replica import Replica
from faces.serving import Ports
from faces.workloads.backends import make_channel

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
REFUSES = parse_model('{"refuse": {}}')


@pytest.fixture
async def color(start: Start, config: Callable[..., Config]) -> tuple[Replica, Ports]:
    return await start(config("color"))


@pytest.fixture
async def channel(color: tuple[Replica, Ports]) -> AsyncIterator[grpc.aio.Channel]:
    async with make_channel(Address("127.0.0.1", color[1]["main"]), {}) as channel:
        yield channel


async def code(channel: grpc.aio.Channel) -> grpc.StatusCode:
    return await color_service.stub(channel, "center")(ColorRequest(), timeout=5).code()


async def test_a_port_that_refuses_keeps_its_number_and_serves_again(
    color: tuple[Replica, Ports], channel: grpc.aio.Channel
) -> None:
    replica, ports = color
    assert await code(channel) is grpc.StatusCode.OK
    await replica.faults.switch(REFUSES)
    for port in (ports["main"], ports["http"]):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert await code(channel) is grpc.StatusCode.UNAVAILABLE
    await replica.faults.switch(FaultModel())
    call = color_service.stub(channel, "center")(ColorRequest(), wait_for_ready=True)
    assert await call.code() is grpc.StatusCode.OK


async def test_a_call_in_flight_is_answered_while_others_are_refused(
    color: tuple[Replica, Ports], channel: grpc.aio.Channel
) -> None:
    replica, ports = color
    replica.faults.replace(parse_model('{"hang": {"fraction": 100}}'))
    asking = asyncio.ensure_future(code(channel))
    while not replica.faults._waiting:
        await asyncio.sleep(0.005)
    await replica.faults.switch(parse_model('{"hang": {"fraction": 100}, "refuse": {}}'))
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", ports["main"])
    assert not asking.done()
    replica.faults.replace(REFUSES)
    assert await asking is grpc.StatusCode.OK


async def test_a_replica_that_refuses_from_the_start_is_ready_and_closes(
    start: Start, config: Callable[..., Config]
) -> None:
    replica, ports = await start(config("color", faults=REFUSES))
    assert replica.faults.condition.ready
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", ports["main"])
