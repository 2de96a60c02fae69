"""`faces demo --auto` never hangs and never says that all is well about what nobody measured."""

import asyncio
import signal
from pathlib import Path

import pytest

from e2e.changes import FIRST_PAUSE, all_of, ask_a_prometheus_that_is_away, wait_at_30_percent
from e2e.embedded.commands import ended, faces, report_in, said_until, started
from e2e.manifests import Document, canary, steps, write
from platforms.embedded.settings import running_names

pytestmark = pytest.mark.timeout(120)
DEMANDING = ("success-rate", "promotion-gate", "latency")


def demanding(document: Document) -> None:
    """Another demand in each of the Rollouts' templates: 99 %, at most 10 % (a new metric), at most 200 ms."""
    if document["kind"] != "AnalysisTemplate" or document["metadata"]["name"] not in DEMANDING:
        return
    (metric,) = document["spec"]["metrics"]
    if metric["name"] == "latency-p99-ms":
        limits = ("result[0] <= 200", "result[0] > 200")
    elif metric["name"] == "gate":
        limits = ("result[0] <= 0.10", "result[0] > 0.10")
        metric["provider"]["prometheus"]["query"] = "1 - (" + metric["provider"]["prometheus"]["query"] + ")"
    else:
        limits = ("result[0] >= 0.99", "result[0] < 0.99")
    metric["successCondition"], metric["failureCondition"] = (f"len(result) > 0 && {limit}" for limit in limits)


def then_wait_for_a_person(document: Document) -> None:
    """After the first pause, so that the gate has as much to look at as ever."""
    if steps(document):
        steps(document).insert(FIRST_PAUSE + 1, {"pause": {}})


def without_any_analysis(document: Document) -> None:
    if document["kind"] == "Rollout" and steps(document):
        canary(document).pop("analysis", None)
        canary(document)["steps"] = [step for step in steps(document) if "analysis" not in step]


async def test_a_pause_without_a_duration_ends_it_with_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests", wait_at_30_percent), tmp_path / "report"
    told = await faces("demo", "--auto", "--as", "good", "--rate", 30, "--manifests", folder, "--out", out)
    assert told.code == 1, told.said
    assert "v2 waits for a person, and this run is unattended." in told.said
    report = report_in(out)
    assert (report["outcome"], report["ok"], report["ended"]) == ("paused", False, "waiting")


async def test_or_it_is_promoted_if_that_was_asked_for(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests", then_wait_for_a_person), tmp_path / "report"
    words = ("--rate", 30, "--manifests", folder, "--out", out, "--promote-pauses")
    told = await faces("demo", "--auto", "--as", "good", *words)
    assert told.code == 0, told.said
    assert "Promoted past the pause at 30 %" in told.said
    assert report_in(out)["outcome"] == "promoted"


async def test_a_release_that_takes_too_long_is_exit_code_1(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests"), tmp_path / "report"
    words = ("--rate", 30, "--manifests", folder, "--out", out, "--timeout", 3)
    told = await faces("demo", "--auto", "--as", "good", *words)
    assert told.code == 1, told.said
    assert "v2 has not come to an end in 3 s." in told.said
    report = report_in(out)
    assert (report["ended"], report["ok"]) == ("timed_out", False)


async def test_a_version_that_nobody_measured_is_promoted_unmeasured_and_exit_code_1(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests", without_any_analysis), tmp_path / "report"
    told = await faces("demo", "--auto", "--as", "good", "--rate", 30, "--manifests", folder, "--out", out)
    assert told.code == 1, told.said
    assert "v2 was promoted unmeasured: no analysis ran." in told.said
    report = report_in(out)
    assert (report["outcome"], report["unmeasured"], report["ok"]) == ("promoted", True, False)
    assert "unmeasured" in report["verdict"]


async def test_the_first_error_of_a_measurement_says_what_to_do(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests", all_of(ask_a_prometheus_that_is_away)), tmp_path / "report"
    words = ("--rate", 30, "--manifests", folder, "--out", out, "--timeout", 15)
    told = await faces("demo", "--auto", "--as", "good", *words)
    assert told.code == 1, told.said
    assert told.said.count("While nothing can be measured, nothing protects visitors") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_leaves_a_report_that_is_marked_as_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    folder, out = write(tmp_path / "manifests"), tmp_path / "report"
    name = f"interrupted-{number.name.lower()}"
    async with started("demo", "--auto", "--manifests", folder, "--out", out, "--name", name) as demo:
        await said_until(demo, "30 % of the traffic goes to v2.")
        demo.send_signal(number)
        told = await ended(demo)
    assert told.code == 130, told.said
    report = report_in(out)
    assert (report["interrupted"], report["ok"], report["ended"]) == (True, False, "interrupted")
    assert {point["weight"] for point in report["timeline"]} == {0, 30}
    assert (out / report["record"]).is_file()
    assert name not in running_names()


async def test_a_run_that_somebody_else_takes_down_is_one_sentence_for_both(tmp_path: Path) -> None:
    words = ("--no-browser", "--manifests", write(tmp_path / "manifests"), "--name", "taken-down")
    async with started("demo", *words) as demo:
        await said_until(demo, "Release: smiley v2")
        down = await faces("down", "--name", "taken-down")
        assert (down.code, down.said.count("\n")) == (0, 1), down.said
        told = await asyncio.wait_for(ended(demo), 20)
    assert told.code == 1, told.said
    last = [line for line in told.said.splitlines() if line][-1]
    assert "taken-down" in last
    assert "Traceback" not in told.said


async def test_what_the_templates_demand_is_shown_everywhere_exactly(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "manifests", demanding), tmp_path / "report"
    told = await faces("demo", "--auto", "--as", "good", "--rate", 30, "--manifests", folder, "--out", out)
    assert told.code == 0, told.said
    demands = {"success-rate": "at least 99 %", "gate": "at most 10 %", "latency-p99-ms": "at most 200 ms"}
    bounds = {"success-rate": (">=", 0.99), "gate": ("<=", 0.1), "latency-p99-ms": ("<=", 200)}
    report, page = report_in(out), (out / "report.html").read_text()
    changed = [one for one in report["metrics"] if one["name"] in demands]
    assert {one["name"]: one["demands"] for one in changed} == demands
    assert {one["name"]: (one["bound"]["op"], one["bound"]["value"]) for one in changed} == bounds
    for name, words in demands.items():
        assert f"{name} " in told.said
        assert f", {words} demanded: Successful" in told.said
        assert words in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "at least 95 %" not in told.said
