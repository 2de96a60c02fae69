"""Faults over HTTP, on real sockets: what a client meets, byte by byte."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import uvloop

from faces.config import Config
from faces.faults import Cut, FaultModel, parse_model
from faces.faulty import end_connection, sent_before
from faces.replica import Replica
from faces.serving import Ports, started

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]


@dataclass(frozen=True)
class Met:
    """What one request over a connection of its own met: its status line, what was promised and sent, and the end."""

    status: int | None
    promised: int
    body: bytes
    reset: bool

    @property
    def whole(self) -> bool:
        return self.status is not None and len(self.body) == self.promised and not self.reset


async def ask(port: int, cell: str = "center", headers: str = "", user: str = "alice") -> Met:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /{cell}/ HTTP/1.1\r\nHost: x\r\nX-Faces-User: {user}\r\n{headers}Connection: close\r\n\r\n"
    writer.write(request.encode())
    received, reset = b"", False
    try:
        while piece := await reader.read(65536):
            received += piece
    except ConnectionResetError:
        reset = True
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    promised = [line.split(": ")[1] for line in lines if line.lower().startswith("content-length")]
    return Met(int(lines[0].split()[1]) if head else None, int(promised[0]) if promised else 0, body, reset)


async def asked(port: int, times: int) -> list[Met]:
    met: list[Met] = []
    for _ in range(times // 20):
        met += await asyncio.gather(*(ask(port) for _ in range(20)))
    return met


@pytest.fixture
async def smiley(start: Start, config: Callable[..., Config]) -> tuple[Replica, int]:
    replica, ports = await start(config("smiley"))
    return replica, ports["main"]


def count(replica: Replica, kind: str) -> float:
    labels = {"workload": "smiley", "version": "v1", "kind": kind}
    return replica.metrics.registry.get_sample_value("faces_faults_injected_total", labels) or 0.0


def reset(met: Met) -> bool:
    return met.status is None and met.reset


def truncated(met: Met) -> bool:
    return met.status == 200 and not met.reset and len(met.body) == sent_before(Cut("", "fin", 0.5), met.promised)


def wrong(met: Met) -> bool:
    return met.whole and json.loads(met.body)["smiley"] == "&#x1F921;"


def closed(met: Met) -> bool:
    return met.status is None and not met.reset


def reset_in_its_middle(met: Met) -> bool:
    return met.status == 200 and met.reset and len(met.body) == sent_before(Cut("", "reset", 0.5), met.promised)


def no_json(met: Met) -> bool:
    try:
        json.loads(met.body)
    except ValueError:
        return met.whole and met.status == 200
    return False


STRUCK: dict[str, Callable[[Met], bool]] = {
    "wrong_answer": wrong,
    "corrupt_json": no_json,
    "reset": reset,
    "fin": closed,
    "reset_body": reset_in_its_middle,
    "truncated_body": truncated,
}


@pytest.mark.parametrize("kind", STRUCK)
@pytest.mark.parametrize(("fraction", "requests"), [(0, 40), (5, 300), (100, 40)])
async def test_the_share_that_meets_it_on_the_wire_is_the_one_asked_for_and_counted_and_all_others_are_well(
    kind: str, fraction: float, requests: int, smiley: tuple[Replica, int], bounds: Callable[[int, float], range]
) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model(f'{{"{kind}": {{"fraction": {fraction}}}}}'))
    met = await asked(port, requests)
    struck = [one for one in met if STRUCK[kind](one)]
    assert len(struck) in bounds(requests, fraction)
    assert all(one.whole and one.status == 200 for one in met if one not in struck)
    assert count(replica, kind) == len(struck)


def test_it_is_the_same_on_the_event_loop_that_replicas_have(config: Callable[..., Config]) -> None:
    async def met() -> dict[str, bool]:
        seen = {}
        async with started(config("smiley"), clock=time.monotonic, rng=random.Random(7)) as (replica, ports):
            for kind, struck in STRUCK.items():
                replica.faults.replace(FaultModel.model_validate({kind: {"fraction": 100}}))
                seen[kind] = struck(await ask(ports["main"]))
        return seen

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(met()) == dict.fromkeys(STRUCK, True)


@pytest.mark.parametrize("kind", STRUCK)
async def test_it_can_be_narrowed_down_to_the_cells_of_one_user(kind: str, smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model(f'{{"{kind}": {{"fraction": 100, "cells": "edge", "user": "alice"}}}}'))
    assert STRUCK[kind](await ask(port, "edge"))
    for cell, user in (("center", "alice"), ("edge", "bob")):
        met = await ask(port, cell, user=user)
        assert met.whole
        assert not STRUCK[kind](met)


async def test_a_bad_answer_that_stops_in_its_middle_is_both(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"error": {"fraction": 100}, "truncated_body": {"fraction": 100}}'))
    met = await ask(port)
    assert (met.status, met.whole, met.reset) == (500, False, False)
    assert [count(replica, kind) for kind in ("error", "truncated_body")] == [1, 1]


async def test_what_is_reset_meets_nothing_else_and_is_counted_as_that_alone(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    everything = ("error", "wrong_answer", "truncated_body", "reset")
    replica.faults.replace(FaultModel.model_validate({kind: {"fraction": 100} for kind in everything}))
    assert reset(await ask(port))
    assert [count(replica, kind) for kind in everything] == [0, 0, 0, 1]
    labels = {"workload": "smiley", "version": "v1", "status": "444"}
    assert replica.metrics.registry.get_sample_value("faces_requests_total", labels) == 1


async def test_a_wrong_answer_is_given_no_more_when_it_was_switched_off_during_a_wait(
    smiley: tuple[Replica, int],
) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"hang": {"fraction": 100}, "wrong_answer": {"fraction": 100}}'))
    asking = asyncio.ensure_future(ask(port))
    while not replica.faults._waiting:
        await asyncio.sleep(0.005)
    replica.faults.replace(FaultModel())
    met = await asking
    assert met.whole
    assert not wrong(met)
    assert count(replica, "wrong_answer") == 0


async def test_the_body_of_a_head_request_is_empty_whatever_is_wrong_with_it(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"truncated_body": {"fraction": 100}}'))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HEAD /center/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""
    writer.close()


async def test_what_is_no_tile_meets_no_fault(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"reset": {"fraction": 100}}'))
    assert (await ask(port, "nowhere")).status == 404
    assert count(replica, "reset") == 0


@pytest.mark.parametrize(("length", "sent"), [(2, 1), (3, 2), (10, 5), (1000, 500)])
def test_of_a_body_that_is_cut_some_is_sent_and_some_is_not(length: int, sent: int) -> None:
    assert sent_before(Cut("", "fin", 0.5), length) == sent


def test_a_connection_that_is_gone_already_ends_the_same_way() -> None:
    with pytest.raises(ConnectionError):
        end_connection(None, Cut("reset", "reset"))


async def seconds(port: int) -> float:
    began = time.monotonic()
    assert (await ask(port)).whole
    return time.monotonic() - began


@pytest.mark.parametrize("ms", [20, 300])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("delay", {"buckets_ms": ["ms"]}),
        ("tail_latency", {"fraction": 100, "ms": "ms"}),
        ("slow_start", {"ms": "ms", "for_s": 3600}),
        ("slow_under_load", {"above": 0.001, "ms": 600_000, "max_ms": "ms"}),
    ],
)
async def test_an_answer_is_late_by_what_was_asked_for(
    kind: str, settings: dict[str, object], ms: int, smiley: tuple[Replica, int]
) -> None:
    replica, port = smiley
    usual = min([await seconds(port) for _ in range(10)])
    text = json.dumps({kind: settings}).replace('"ms"]', f"{ms}]").replace(': "ms"', f": {ms}")
    replica.faults.replace(parse_model(text))
    late = [await seconds(port) - usual]
    # A busy machine only ever adds: what the fault takes is the least of several.
    while min(late) > ms / 1000 + max(0.005, ms / 10_000) and len(late) < 30:
        late.append(await seconds(port) - usual)
    assert ms / 1000 - 0.005 <= min(late) <= ms / 1000 + max(0.005, ms / 10_000)


async def dripping(port: int) -> tuple[float, int]:
    """The seconds from the first byte of the body to the end, and in how many pieces it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /center/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(1)
    began, pieces = time.monotonic(), 1
    while await reader.read(65536):
        pieces += 1
    writer.close()
    return time.monotonic() - began, pieces


@pytest.mark.parametrize("ms", [20, 200])
async def test_a_body_drips_for_the_time_it_was_told_to(ms: int, smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model(f'{{"slow_body": {{"fraction": 100, "ms": {ms}}}}}'))
    seen = [await dripping(port)]
    # A busy machine only ever adds: what the fault takes is the least of several.
    while min(seen)[0] > ms / 1000 + max(0.005, ms / 10_000) and len(seen) < 50:
        seen.append(await dripping(port))
    assert ms / 1000 - 0.005 <= min(seen)[0] <= ms / 1000 + max(0.005, ms / 10_000)
    assert all(pieces > 1 for _, pieces in seen)
    assert count(replica, "slow_body") == len(seen)


async def test_a_body_that_drips_comes_at_once_when_the_fault_is_switched_off(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"slow_body": {"fraction": 100, "ms": 600000}}'))
    asking = asyncio.ensure_future(ask(port))
    while not replica.faults._waiting:
        await asyncio.sleep(0.005)
    replica.faults.replace(FaultModel())
    assert (await asking).whole


async def test_half_a_body_drips_and_then_the_connection_is_reset(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"slow_body": {"fraction": 100, "ms": 100}, "reset_body": {"fraction": 100}}'))
    assert reset_in_its_middle(await ask(port))
    assert [count(replica, kind) for kind in ("slow_body", "reset_body")] == [1, 1]


async def test_what_is_no_json_can_be_cut_as_well_and_its_length_is_still_right(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    good = await ask(port)
    replica.faults.replace(parse_model('{"corrupt_json": {"fraction": 100}, "truncated_body": {"fraction": 100}}'))
    met = await ask(port)
    assert truncated(met)
    assert met.promised == good.promised * 2 // 3


async def test_a_retry_that_has_the_id_of_its_first_attempt_succeeds(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    replica.faults.replace(parse_model('{"first_try": {}}'))
    heads = ["X-Request-Id: a\r\n", "X-Request-Id: b\r\n", "X-Request-Id: a\r\n", "x-envoy-attempt-count: 2\r\n"]
    assert [(await ask(port, headers=head)).status for head in heads] == [503, 503, 200, 200]
    assert count(replica, "first_try") == 2


async def test_every_answer_of_many_kinds_has_one_outcome(smiley: tuple[Replica, int]) -> None:
    replica, port = smiley
    shares = {"error": 30, "wrong_answer": 30, "truncated_body": 30, "reset": 30}
    replica.faults.replace(FaultModel.model_validate({kind: {"fraction": share} for kind, share in shares.items()}))
    outcomes = Counter(
        "reset" if reset(one) else (one.status, "whole" if one.whole else "cut") for one in await asked(port, 200)
    )
    assert set(outcomes) == {"reset", (200, "whole"), (200, "cut"), (500, "whole"), (500, "cut")}
