"""`faces replay`: the page again, from a record alone."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chaos.record import write_record
from faces.cli.replay import Player, replaying
from seam.errors import UserError
from tests.chaos.report.releases import RELEASED_AT, rolled_back

Run = Callable[..., tuple[int, str, str]]
RECORD = rolled_back()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"hello", "is no record of this version of faces (it does not begin as one)."),
        (b"\x1f\x8bxyz", "is not a whole record"),
    ],
)
def test_a_file_that_is_no_record_is_refused_in_a_sentence(
    faces: Run, tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "record.ndjson.gz"
    if content is not None:
        file.write_bytes(content)
    code, out, errors = faces("replay", str(file), "--no-browser")
    assert (code, out) == (2, "")
    assert errors.startswith(f"{file}: {said}")


@pytest.mark.parametrize("speed", ["0", "-1", "x"])
def test_a_speed_that_makes_no_sense_is_refused(faces: Run, tmp_path: Path, speed: str) -> None:
    file = tmp_path / "record.ndjson.gz"
    write_record(RECORD, file)
    code, _, errors = faces("replay", str(file), "--speed", speed)
    assert code == 2
    assert "--speed" in errors


def test_a_port_that_is_taken_is_refused(faces: Run, tmp_path: Path) -> None:
    file = tmp_path / "record.ndjson.gz"
    write_record(RECORD, file)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, errors = faces("replay", str(file), "--no-browser", "--port", str(port))
    assert code == 2
    assert errors == f"Port {port} is in use on this machine; choose another with --port, or free it.\n"


async def _json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as said:
        return await said.json()


async def test_it_serves_the_same_page_what_it_asks_for_and_no_other_machine() -> None:
    async with replaying(RECORD, 1, None) as (url, player), aiohttp.ClientSession() as session:
        assert url.startswith("http://127.0.0.1:")
        async with session.get(url) as page:
            assert "Faces" in await page.text()
        told = await _json(session, f"{url}rollouts")
        assert told["rollouts"][0]["verdict"] == "v3 serves everybody."
        assert (told["speed"], told["platform"]) == (1, "embedded")
        assert RECORD.began_at <= told["now"] <= player.now
        tile = await _json(session, f"{url}face/center/?row=0&col=0")
        assert (tile["color"], tile["errors"]) == ("#66CCEE", [])


async def test_its_time_goes_at_its_speed_and_ends_with_the_record() -> None:
    now = [0.0]
    player = Player(RECORD, 4, lambda: now[0])
    began = RECORD.began_at
    assert player.now == began
    now[0] = 2.5
    assert (player.now, player.over) == (began + 10, False)
    now[0] = 1000.0
    assert (player.now, player.over) == (RECORD.ended_at, True)


async def test_a_failed_request_of_a_visitor_is_a_failed_tile() -> None:
    bad = replace(next(one for one in RECORD.samples if not one.ok), ms=1.0, t=RELEASED_AT - 7)
    seen = {
        "unavailable": bad,
        "smiley": replace(bad, status=200, error="smiley: status 500", smiley="v4"),
        "color": replace(bad, status=200, error="color: status 14"),
        "timeout": replace(bad, status=0, error="timeout"),
    }
    said = {}
    for name, sample in seen.items():
        async with (
            replaying(replace(RECORD, samples=(sample,)), 1, None) as (url, _),
            aiohttp.ClientSession() as session,
            session.get(f"{url}face/edge/?row=0&col=0") as answer,
        ):
            tile = await answer.json()
            said[name] = (answer.status, tile.get("smiley"), tile["errors"])
    assert said == {
        "unavailable": (503, None, ["HTTP 503"]),
        "smiley": (200, "&#x1F92C;", ["smiley: status 500"]),
        "color": (200, "&#x1F603;", ["color: status 14"]),
        "timeout": (504, None, ["timeout"]),
    }


async def test_ctrl_c_ends_it_and_gives_the_port_back() -> None:
    async def play(ready: asyncio.Future[str]) -> None:
        async with replaying(RECORD, 1, None) as (url, _):
            ready.set_result(url)
            await asyncio.Event().wait()

    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(play(ready))
    port = int((await ready).split(":")[2].split("/")[0])
    with pytest.raises(UserError, match="in use"):
        async with replaying(RECORD, 1, port):
            pass
    task.cancel()
    await asyncio.wait([task])
    async with replaying(RECORD, 1, port) as (url, _):
        assert f":{port}/" in url
