"""The scenario files themselves, and what is made of them, without a cluster."""

from pathlib import Path
from typing import Any

import pytest

from conformance import virtual
from conformance.scenario import FOLDER, Scenario, load, merged
from conformance.trace import differences

SCENARIOS = load()


def scenario(**given: Any) -> Scenario:
    return Scenario(**{"name": "one", "rule": "0", "what": "", "until": 5, **given})


def test_there_are_enough_of_them_one_for_each_file() -> None:
    assert len(SCENARIOS) == len(list(FOLDER.glob("*.yaml"))) >= 60
    assert len({one.what for one in SCENARIOS}) == len(SCENARIOS)
    for one in SCENARIOS:
        assert one.what.endswith(".")
        assert all(deed.at < one.until for deed in one.script)


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_the_engine_plays_each_of_them_the_same_way_every_time(one: Scenario) -> None:
    first, second = virtual.play(one), virtual.play(one)
    assert first == second
    assert differences(first, second) == []
    assert first.decisions


def test_answers_change_when_the_script_says_so() -> None:
    one = scenario(answers={"rate": 1, "*": "any"}, script=[{"at": 2, "answer": {"rate": 0}}])
    assert [one.answer("rate", at) for at in (0, 2.3, 2.4, 3)] == [1, 1, 0, 0]
    assert one.answer("other", 0) == "any"


@pytest.mark.parametrize("deed", [{"at": 1}, {"at": 1, "release": "v2", "undo": 0}, {"at": 1, "command": "explode"}])
def test_a_deed_is_one_thing(deed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"command|one of"):
        scenario(script=[deed])


def test_a_file_that_is_no_scenario_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("rule: '1'\nwhat: Nothing.\nuntill: 3\n")
    with pytest.raises(ValueError, match=r"broken\.yaml: .*until"):
        load(tmp_path)


def test_a_merge_patch_takes_away_what_is_null() -> None:
    assert merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}}) == {"b": {"c": 4, "d": 3}}


def test_templates_of_the_cluster_are_the_scenarios_own() -> None:
    ref = {"templateName": "shared", "clusterScope": True}
    one = scenario(
        canary={"analysis": {"templates": [ref, {"templateName": "own"}]}},
        templates={"own": {"templates": [ref]}},
        clusterTemplates={"shared": {"metrics": []}},
    )
    full = {"templateName": "one-shared", "clusterScope": True}
    shared, own = one.analysis_templates()
    assert (shared["kind"], shared["metadata"]) == ("ClusterAnalysisTemplate", {"name": "one-shared"})
    assert own["spec"] == {"templates": [full], "metrics": []}
    analysis = one.rollout()["spec"]["strategy"]["canary"]["analysis"]
    assert analysis["templates"] == [full, {"templateName": "own"}]


def test_a_run_that_was_deleted_is_noted_and_one_that_is_left_is_not() -> None:
    one = next(one for one in SCENARIOS if one.name == "run-history")
    noted = virtual.play(one).noted
    assert {name for name, notes in noted.items() if "it is gone" in notes} == {
        "app-v2-2-1",
        "app-v3-3-1",
        "app-v4-4-1",
    }
    assert "app-v5-5-1" in noted


def test_a_rollout_that_restarts_pods_has_pods() -> None:
    restart = {"at": 1, "restart": 1}
    assert scenario(script=[restart]).restarts
    assert not scenario(script=[{"at": 1, "release": "v2"}]).restarts
    with pytest.raises(ValueError, match="one of"):
        scenario(script=[{**restart, "release": "v2"}])
