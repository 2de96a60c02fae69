"""What each verb says that it did, on a run that is up; and that what it says to type next can be pasted."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.changes import wait_at_30_percent
from e2e.embedded.commands import Ended, ended, faces, said_until, started
from e2e.embedded.terminals import STYLE, in_a_terminal
from e2e.manifests import write

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def up(name: str, *words: object) -> AsyncIterator[None]:
    begun = await faces("up", "--name", name, *words)
    assert begun.code == 0, begun.said
    assert f"The run {name} is up.\n" in begun.said
    try:
        yield
    finally:
        assert await faces("down", "--name", name) == Ended(0, f"The run {name} is down.\n")


async def smiley_when(name: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """smiley as `faces status --json` shows it, once it is as wanted."""
    while True:
        shown = json.loads((await faces("status", "--json", "--name", name)).said)
        (smiley,) = (one for one in shown["rollouts"] if one["name"] == "smiley")
        if wanted(smiley):
            return dict(smiley)


async def pasted(line: str) -> Ended:
    """What a person gets who copies the command of a line such as `Continue: .../faces promote smiley`."""
    process = await asyncio.create_subprocess_shell(
        line.split(": ", 1)[1], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    return await ended(process)


async def test_each_verb_says_in_one_line_what_it_did(tmp_path: Path) -> None:
    name = "verbs"
    async with up(name, "--manifests", write(tmp_path / "manifests", wait_at_30_percent)):
        here = ("--name", name)
        assert (await faces("promote", "smiley", *here)).code == 2
        released = await faces("release", "smiley", "--as", "good", *here)
        assert released.said == "smiley: v2 goes out as good. A healthy version: it serves every request well.\n"

        await smiley_when(name, lambda smiley: smiley["phase"] == "Paused" and smiley["weights"]["canary"] == 30)
        status = await faces("status", *here)
        (offered,) = (line for line in status.said.splitlines() if line.startswith("Continue: "))
        promoted = await pasted(offered)
        assert re.fullmatch(r"smiley: v2 continues past the pause at 30 % \(step 2 of \d+\)\.\n", promoted.said)

        aborted = await faces("abort", "smiley", *here)
        assert re.fullmatch(r"smiley: v2 is aborted at \d+ %; all traffic goes back to v1\.\n", aborted.said)
        await smiley_when(name, lambda smiley: smiley["aborted"] and smiley["weights"]["canary"] == 0)
        assert (await faces("retry", "smiley", *here)).said == "smiley: v2 goes out again, from its first step.\n"
        nowhere = await faces("undo", "smiley", "--to-revision", "9", *here)
        assert (nowhere.code, nowhere.said) == (2, "There is no revision 9; there are 1 and 2.\n")
        undone = await faces("undo", "smiley", *here)
        assert undone.said == "smiley: goes back from v2 to v1 (revision 1), which is stable, at once.\n"
        await smiley_when(name, lambda smiley: smiley["phase"] == "Healthy" and smiley["canaryVersion"] == "v1")


async def test_faults_and_visitors_of_a_run_that_is_up_and_a_release_as_terminals_show_it(tmp_path: Path) -> None:
    async with up("disturbed", "--manifests", write(tmp_path / "manifests")):
        here = ("--name", "disturbed")
        injected = await faces("inject", "color", "error=100%", *here)
        assert re.fullmatch(r"color: error is on in 2 pods: color-\S+, color-\S+\.\n", injected.said)
        visited = await faces("load", "--rate", 20, "--duration", "2s", "--json", *here)
        told = json.loads(visited.said)
        assert visited.code == 0
        assert told["failed"] > told["requests"] / 2  # every tile; the page itself comes without color
        cleared = await faces("clear", "color", *here)
        assert re.fullmatch(r"color: every fault is off in 2 pods: color-\S+, color-\S+\.\n", cleared.said)
        told = json.loads((await faces("load", "--rate", 20, "--duration", "2s", "--json", *here)).said)
        assert told["failed"] == 0
        refused = await faces("release", "gui", "--as", "errors-40", *here)
        assert (refused.code, refused.said.count("\n")) == (2, 1)
        assert refused.said.startswith("gui cannot be released as errors-40: it has no control port")
        await a_bad_release_in_two_terminals(*here)


async def a_bad_release_in_two_terminals(*here: object) -> None:
    """Live, and as lines. The tiles of the live one are all the traffic that there is."""
    async with in_a_terminal("watch", *here, NO_COLOR="1") as live, started("status", "--watch", *here) as lines:
        await live.until("16 of 16 happy")
        assert (await faces("release", "smiley", "--as", "errors-40", *here)).code == 0
        await live.until("v2 ██", " % of the traffic", "happy, ")
        await live.until("✗ success-rate ", " at least 95 % ", " of 2")
        await live.until("rolled back to v1.", "all traffic was back after", " 0 % of the traffic")
        live.process.send_signal(signal.SIGINT)
        assert await live.ended() == 0
        assert live.is_as_before
        lines.send_signal(signal.SIGINT)
        log = await ended(lines)
    assert live.written.endswith(": rolled back to v1.\r\n"), "how it stood stays"
    assert not STYLE.search(live.written), "NO_COLOR"
    assert log.code == 0, log.said
    assert "  smiley  SetWeight: 30, ActualWeight: 30\n" in log.said
    assert re.search(r"  smiley  AnalysisRun \S+: success-rate \S+ %, at least 95 % demanded: Failed\n", log.said)
    assert re.search(r"  smiley  Verdict: v2 was bad .*: rolled back to v1\.\n", log.said)


async def test_a_release_that_is_watched_ends_with_its_report_and_the_run_stays_up(tmp_path: Path) -> None:
    async with up("watched", "--manifests", write(tmp_path / "manifests")):
        here, out = ("--name", "watched"), tmp_path / "report"
        words = ("--as", "errors-40", "--version", "v7", "--watch", "--auto", "--rate", 30, "--out", out)
        watched = await faces("release", "smiley", *words, *here)
        assert watched.code == 0, watched.said
        report = json.loads((out / "report.json").read_text())
        assert (report["outcome"], report["ok"], report["release"]["version"]) == ("rolled_back", True, "v7")
        assert (await faces("status", *here)).code == 0


async def test_a_demo_that_is_ended_from_another_terminal_says_so_in_one_sentence() -> None:
    async with started("demo", "--no-browser", "--name", "beside") as process:
        await said_until(process, "Release: ")
        assert await faces("down", "--name", "beside") == Ended(0, "The run beside is down.\n")
        told = await ended(process)
    assert told.code == 1
    assert "Traceback" not in told.said
    assert told.said.count("\n") < 5, told.said
