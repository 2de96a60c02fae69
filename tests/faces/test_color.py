import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import grpc
import grpc.aio
import pytest

from faces import color_service
from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate, ColorUpdateResponse
from faces.config import Config
from faces.faults import Cell, Failure, Faults, parse_model
from faces.faulty_grpc import code_for
from faces.replica import Replica
from faces.serving import Ports

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
REQUESTS = 2000


@pytest.fixture
async def color(start: Start, config: Callable[..., Config]) -> tuple[Replica, Ports]:
    return await start(config("color", color="green", version="v2"))


@pytest.fixture
async def channel(color: tuple[Replica, Ports]) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{color[1]['main']}") as channel:
        yield channel


@pytest.fixture
def faults(color: tuple[Replica, Ports]) -> Faults:
    return color[0].faults


async def outcome(channel: grpc.aio.Channel, cell: Cell = "center", user: str = "alice") -> dict[str, str]:
    """The trailers of one call, with its code and color."""
    metadata = ((color_service.USER_KEY, color_service.metadata_text(user)),)
    call = color_service.stub(channel, cell)(ColorRequest(row=1, column=2), metadata=metadata)
    code = await call.code()
    seen = {key: str(value) for key, value in await call.trailing_metadata() or ()}
    return {**seen, "code": code.name, "color": (await call).color if code is grpc.StatusCode.OK else ""}


@pytest.mark.parametrize("cell", ["center", "edge"])
async def test_the_answer_is_a_color_and_its_trailers_say_whose(cell: Cell, channel: grpc.aio.Channel) -> None:
    seen = await outcome(channel, cell)
    assert (seen["code"], seen["color"]) == ("OK", "#228833")
    assert [seen[key] for key in ("x-faces-version", "x-faces-pod", "x-faces-status")] == ["v2", "color-0", "200"]


async def test_an_answer_announces_all_of_its_trailers(channel: grpc.aio.Channel) -> None:
    call = color_service.stub(channel, "center")(ColorRequest(row=1, column=2))
    announced = dict(await call.initial_metadata() or ())["trailer"].split(", ")
    assert {"grpc-status", *dict(await call.trailing_metadata() or ())} <= set(announced)


async def test_a_wrong_answer_is_another_color_and_all_else_is_as_ever(
    channel: grpc.aio.Channel, faults: Faults
) -> None:
    good = await outcome(channel)
    faults.replace(parse_model('{"wrong_answer": {"fraction": 100, "cells": "edge"}}'))
    assert await outcome(channel, "edge") == {**good, "color": "#FF00FF"}
    assert await outcome(channel, "center") == good


async def test_an_error_can_have_any_code_of_grpc(channel: grpc.aio.Channel, faults: Faults) -> None:
    faults.replace(parse_model('{"error": {"fraction": 100, "status": 503, "grpc_status": "UNAVAILABLE"}}'))
    seen = await outcome(channel)
    assert (seen["code"], seen["x-faces-status"]) == ("UNAVAILABLE", "503")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((("x-request-id", "a"),), (("x-request-id", "a"),)),
        ((), (("x-envoy-attempt-count", "2"),)),
    ],
)
async def test_only_the_first_attempt_of_a_call_fails(
    first: tuple[tuple[str, str], ...],
    second: tuple[tuple[str, str], ...],
    channel: grpc.aio.Channel,
    faults: Faults,
) -> None:
    faults.replace(parse_model('{"first_try": {}}'))
    ask = color_service.stub(channel, "center")
    codes = [await ask(ColorRequest(), metadata=said).code() for said in (first, second)]
    assert codes == [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.OK]


async def test_a_retry_by_grpc_itself_succeeds_though_the_call_has_no_id(
    color: tuple[Replica, Ports], faults: Faults
) -> None:
    faults.replace(parse_model('{"first_try": {}}'))
    policy = {
        "maxAttempts": 2,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.01s",
        "backoffMultiplier": 1,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": policy}]})
    options = [("grpc.service_config", config)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{color[1]['main']}", options=options) as channel:
        assert (await outcome(channel))["code"] == "OK"
    labels = {"workload": "color", "version": "v2", "kind": "first_try"}
    assert color[0].metrics.registry.get_sample_value("faces_faults_injected_total", labels) == 1


async def test_a_failure_has_nothing_but_trailers(channel: grpc.aio.Channel, faults: Faults) -> None:
    faults.replace(parse_model('{"error": {"fraction": 100}}'))
    call = color_service.stub(channel, "center")(ColorRequest(row=1, column=2))
    assert not await call.initial_metadata()


def test_the_wire_is_the_reference_demos() -> None:
    assert ColorRequest(row=1, column=2).SerializeToString() == b"\x08\x01\x10\x02"
    assert ColorResponse(color="c", rate="r", errors=["e"]).SerializeToString() == b"\x0a\x01c\x12\x01r\x1a\x01e"
    assert ColorUpdate(which="w", color="c").SerializeToString() == b"\x0a\x01w\x12\x01c"
    assert ColorRequest.DESCRIPTOR.full_name == "ColorRequest"


@pytest.mark.parametrize(
    ("model", "code", "status"),
    [
        ('{"error": {"fraction": 100}}', "INTERNAL", "500"),
        ('{"error": {"fraction": 100, "status": 504}}', "INTERNAL", "504"),
        ('{"rate_limit": {"max_rate": 0.01}}', "RESOURCE_EXHAUSTED", "429"),
    ],
)
async def test_a_failure_has_the_reference_demos_code_and_the_status_in_its_trailers(
    model: str, code: str, status: str, channel: grpc.aio.Channel, faults: Faults
) -> None:
    faults.replace(parse_model(model))
    seen = await outcome(channel)
    assert (seen["code"], seen["x-faces-status"], seen["x-faces-version"]) == (code, status, "v2")


@pytest.mark.parametrize("status", [400, 404, 500, 503, 504, 599])
def test_all_but_too_many_requests_is_internal(status: int) -> None:
    assert code_for(Failure("error", status, "")) is grpc.StatusCode.INTERNAL
    assert code_for(Failure("rate_limit", 429, "")) is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_fault_for_one_user_and_cell_meets_only_them(channel: grpc.aio.Channel, faults: Faults) -> None:
    faults.replace(parse_model('{"error": {"fraction": 100, "user": "Zoë 50%", "cells": "edge"}}'))
    assert (await outcome(channel, "edge", "Zoë 50%"))["code"] == "INTERNAL"
    assert (await outcome(channel, "center", "Zoë 50%"))["code"] == "OK"
    assert (await outcome(channel, "edge", "alice"))["code"] == "OK"


async def test_a_hanging_call_ends_with_its_deadline_and_is_counted(
    channel: grpc.aio.Channel, color: tuple[Replica, Ports]
) -> None:
    color[0].faults.replace(parse_model('{"hang": {"fraction": 100}}'))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await color_service.stub(channel, "center")(ColorRequest(), timeout=0.5)
    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    labels = {"workload": "color", "version": "v2", "kind": "hang"}
    assert color[0].metrics.registry.get_sample_value("faces_faults_injected_total", labels) == 1


async def test_a_color_cannot_be_updated_and_it_says_so(channel: grpc.aio.Channel) -> None:
    update = channel.unary_unary(
        "/ColorService/UpdateColor",
        request_serializer=ColorUpdate.SerializeToString,
        response_deserializer=ColorUpdateResponse.FromString,
    )
    with pytest.raises(grpc.aio.AioRpcError, match="by a release") as failed:
        await update(ColorUpdate(which="all", color="red"))
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_curl_gets_the_same_answers_from_the_same_faults(
    color: tuple[Replica, Ports], client: aiohttp.ClientSession
) -> None:
    replica, ports = color
    async with client.get(f"http://127.0.0.1:{ports['http']}/center/") as response:
        assert (await response.json())["color"] == "#228833"
    replica.faults.replace(parse_model('{"error": {"fraction": 100, "status": 503, "cells": "edge"}}'))
    async with client.get(f"http://127.0.0.1:{ports['http']}/edge/") as response:
        assert response.status == 503


async def test_the_share_of_failed_calls_on_the_wire_is_the_one_asked_for(
    color: tuple[Replica, Ports], channel: grpc.aio.Channel, bounds: Callable[[int, float], range]
) -> None:
    replica, _ = color
    replica.faults.replace(parse_model('{"error": {"fraction": 5}}'))
    ask, failed = color_service.stub(channel, "edge"), 0
    for _ in range(REQUESTS):
        failed += await ask(ColorRequest()).code() is grpc.StatusCode.INTERNAL
    assert failed in bounds(REQUESTS, 5)
    labels = {"workload": "color", "version": "v2"}
    sample = replica.metrics.registry.get_sample_value
    assert sample("faces_faults_injected_total", {**labels, "kind": "error"}) == failed
    assert sample("faces_requests_total", {**labels, "status": "200"}) == REQUESTS - failed
