"""`faces doctor` as a person types it: in the middle of a release, and when a part does not answer."""

import asyncio
import json
import os
import re
import signal
from pathlib import Path

import pytest

from e2e.changes import only_to_30_percent
from e2e.embedded.commands import faces, said_until, started
from e2e.embedded.test_verbs import smiley_when, up
from e2e.manifests import write

pytestmark = pytest.mark.timeout(120)


async def examined(name: str) -> tuple[int, dict[str, dict[str, str]]]:
    ended = await faces("doctor", "--json", "--name", name)
    return ended.code, {one["check"]: one for one in json.loads(ended.said)}


async def test_in_the_middle_of_a_release_with_visitors_nothing_is_wrong_and_the_share_is_told(tmp_path: Path) -> None:
    name = "doctor-well"
    async with (
        up(name, "--manifests", write(tmp_path / "manifests", only_to_30_percent)),
        started("load", "--rate", 40, "--duration", "40s", "--name", name),
    ):
        assert (await faces("release", "smiley", "--as", "good", "--name", name)).code == 0
        await smiley_when(name, lambda smiley: smiley["phase"] == "Paused" and smiley["weights"]["canary"] == 30)
        code, found = await examined(name)
        while found["share"]["result"] == "skipped":  # the weight has only just been set
            await asyncio.sleep(1)
            code, found = await examined(name)
        assert {check: one for check, one in found.items() if one["result"] in ("failed", "warning")} == {}
        assert code == 0
        assert re.fullmatch(r"smiley has 30 %, and [\d.]+ % of \d+ requests in \d+ s .*", found["share"]["saw"])
        assert found["identities"]["saw"].startswith("those of ")


async def test_a_prometheus_that_stands_still_is_told_and_nothing_that_it_would_have_said_is_well() -> None:
    name = "doctor-bad"
    async with up(name):
        shown = json.loads((await faces("status", "--json", "--name", name)).said)
        prometheus = shown["processes"]["prometheus"]
        os.kill(prometheus, signal.SIGSTOP)
        try:
            code, found = await examined(name)
        finally:
            os.kill(prometheus, signal.SIGCONT)
        assert code == 1
        assert found["prometheus"]["result"] == "failed"
        assert found["prometheus"]["saw"].endswith("does not answer: no answer within 4 s")
        for check in ("targets", "series", "identities", "clocks"):
            assert found[check]["result"] == "warning", check


async def test_people_get_lines_with_marks_and_a_summary() -> None:
    name = "doctor-told"
    async with up(name), started("doctor", "--name", name) as process:
        said = await said_until(process, " skipped, in ")
        assert said.startswith("This machine\n  ✓ envoy ")
        assert re.search(r"\n  – share +skipped: no traffic is split now", said)
