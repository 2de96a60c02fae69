from pathlib import Path
from typing import Any

import pytest

from e2e.changes import all_of, ask_a_prometheus_that_is_away, expect_progress_within, wait_at_30_percent
from e2e.manifests import BASE, Document, Hurry, analyses, steps, write
from platforms.embedded.manifests.reading import load
from seam.documents import documents


def named(folder: Path, kind: str, name: str) -> Document:
    found = [one for file in folder.rglob("*.yaml") for one in documents(file) if one["kind"] == kind]
    (one,) = [one for one in found if one.get("metadata", {}).get("name") == name]
    assert isinstance(one, dict)
    return one


def arguments(analysis: Document) -> dict[str, Any]:
    given = {argument["name"]: argument.get("value") for argument in analysis["args"]}
    assert len(given) == len(analysis["args"]), "an argument is given twice"
    return given


def kinds_of_steps(document: Document) -> list[tuple[str, ...]]:
    return [tuple(step) for step in steps(document)]


def test_hurried_rollouts_have_the_shipped_steps_and_gates_with_short_pauses(tmp_path: Path) -> None:
    hurried = named(write(tmp_path / "m", hurry=Hurry(pause=2)), "Rollout", "smiley")
    shipped = named(BASE, "Rollout", "smiley")
    assert kinds_of_steps(hurried) == kinds_of_steps(shipped)
    assert [step["setWeight"] for step in steps(hurried) if "setWeight" in step] == [30, 50, 70]
    assert {step["pause"]["duration"] for step in steps(hurried) if "pause" in step} == {"2s"}


def test_every_analysis_is_given_each_hurried_argument_once_and_keeps_its_own(tmp_path: Path) -> None:
    hurried = named(write(tmp_path / "m", hurry=Hurry(window=6, initial_delay=7)), "Rollout", "smiley")
    found = list(analyses(hurried))
    assert len(found) == 3
    for analysis in found:
        given = arguments(analysis)
        assert given.items() >= {"window": "6s", "initial-delay": "7s", "interval": "1s", "floor": "5"}.items()
        assert "canary-hash" in given


def test_limits_and_thresholds_are_the_shipped_ones(tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    for name in ("success-rate", "latency", "promotion-gate", "golden-signals"):
        assert named(folder, "AnalysisTemplate", name) == named(BASE, "AnalysisTemplate", name)


def test_a_document_without_a_rollout_in_it_stays_as_it_is() -> None:
    for document in ({"kind": "Namespace", "metadata": {"name": "x"}}, {"kind": "Service", "spec": {"ports": []}}):
        before = dict(document)
        Hurry()(document)
        wait_at_30_percent(document)
        ask_a_prometheus_that_is_away(document)
        assert document == before


def test_a_rolling_update_without_steps_stays_one(tmp_path: Path) -> None:
    change = all_of(wait_at_30_percent, ask_a_prometheus_that_is_away, expect_progress_within(5))
    assert named(write(tmp_path / "m", change), "Rollout", "gui") == named(BASE, "Rollout", "gui")


@pytest.mark.parametrize("change", [wait_at_30_percent, ask_a_prometheus_that_is_away, expect_progress_within(10)])
def test_what_scenarios_change_is_still_a_platforms_manifest(tmp_path: Path, change: Any) -> None:
    read = load(write(tmp_path / "m", change), lambda: "token")
    assert set(read.rollouts) == {"gui", "face", "smiley", "color"}
