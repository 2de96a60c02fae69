"""A scenario that fails on purpose, in a session of its own: what it leaves, and how one gets to know of it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from e2e.embedded.processes import gone, pids
from seam.wire import platform_from_json

pytestmark = pytest.mark.timeout(150)
ROOT = Path(__file__).resolve().parents[2]
FAILS = """
import pytest

@pytest.mark.timeout(90)
async def test_that_a_good_release_is_rolled_back(stage):
    async with stage() as on:
        release = await on.release("good")
        assert release.ended.aborted, "this is what CI shows"
"""
NEVER_ENDS = """
import asyncio, pytest

@pytest.mark.timeout(30)
async def test_that_never_ends(stage):
    async with stage() as on:
        await on.push("good")
        await asyncio.sleep(90)
"""


@asynccontextmanager
async def session(folder: Path, scenario: str) -> AsyncIterator[tuple[str, Path]]:
    """(what pytest said, the folder where it left things) of a session with one scenario, which fails."""
    test, left = folder / "test_one.py", folder / "left"
    test.write_text(scenario)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-p", "e2e.conftest", "-p", "no:cacheprovider", "-c", "pyproject.toml"),
        *(f"--rootdir={ROOT}", f"--bundles={left}", f"--junitxml={left / 'embedded.xml'}", str(test)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 1, said.decode()
    yield said.decode(), left


async def test_a_failure_leaves_a_bundle_of_everything_and_is_told_everywhere(tmp_path: Path) -> None:
    async with session(tmp_path, FAILS) as (said, left):
        bundle = left / "embedded" / "test_that_a_good_release_is_rolled_back" / "bundle"
        assert f"are in {bundle}/" in said
        holds_everything(bundle)
        report = json.loads((bundle.parent / "v2" / "report.json").read_text())
        assert report["outcome"] == "promoted"
        tells_the_release((left / "embedded.md").read_text(), left / "embedded.xml")


def holds_everything(bundle: Path) -> None:
    assert "this is what CI shows" in (bundle / "error.txt").read_text()
    assert not list(bundle.glob("*-is-missing.txt"))
    assert "smiley v2 Paused at 30 %, step 1 of 8 (CanaryPauseStep)" in (bundle / "timeline.txt").read_text()
    assert "RolloutStepCompleted: Rollout step 1/8 completed (setWeight: 30)" in (bundle / "events.txt").read_text()
    views = json.loads((bundle / "views.json").read_text())
    assert {rollout["name"] for rollout in views["rollouts"]} == {"gui", "face", "smiley", "color"}
    for line in (bundle / "timeline.ndjson").read_text().splitlines():
        assert json.loads(line)["name"]
    assert json.loads((bundle / "visitors.ndjson").read_text().splitlines()[0])["t"]
    assert json.loads((bundle / "prometheus" / "requests.json").read_text())["data"]["result"]
    pods = [pod["name"] for rollout in views["rollouts"] for rs in rollout["replicaSets"] for pod in rs["pods"]]
    assert {page.stem for page in (bundle / "metrics").iterdir()} == set(pods)
    platform = {path.name for path in (bundle / "platform").iterdir()}
    assert platform == {"logs", "envoy", "manifests", "processes.json", "prometheus.yml", "settings.json"}
    assert {f"{name}.log" for name in pods} <= {log.name for log in (bundle / "platform" / "logs").iterdir()}


def tells_the_release(summary: str, junit: Path) -> None:
    assert summary.startswith("## e2e on embedded: 0 of 1 scenarios held")
    assert "| ❌ | that a good release is rolled back |" in summary
    assert "this is what CI shows" in summary
    assert "| smiley v2 good | promoted | 0 ▸ 30 ▸ 50 ▸ 70 ▸ 100 ▸ 0 |" in summary
    case = next(ET.parse(junit).iter("testcase"))
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    figures = json.loads(properties["release"] or "")
    assert figures["weights"] == [0, 30, 50, 70, 100, 0]
    assert figures["failed"] == 0


async def test_a_scenario_that_runs_out_of_time_leaves_a_bundle_too_and_no_process(tmp_path: Path) -> None:
    async with session(tmp_path, NEVER_ENDS) as (said, left):
        bundle = left / "embedded" / "test_that_never_ends" / "bundle"
        assert f"are in {bundle}/" in said
        assert "smiley v2" in (bundle / "timeline.txt").read_text()
        view = platform_from_json(json.loads((bundle / "views.json").read_text()))
    assert len(pids(view)) > 8
    await gone(view)
