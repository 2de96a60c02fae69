import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seam.verdict import verdict
from seam.views import (
    AnalysisRunView,
    DeliveryView,
    MeasurementView,
    PlatformView,
    PodView,
    ReplicaSetView,
    RolloutView,
)
from seam.wire import platform_from_json, platform_to_json, rollout_from_json, rollout_to_json

text = st.text('aé"\\ %', max_size=8)
times = st.floats(0, 4e9, allow_nan=False)
counts = st.integers(0, 100)
pods = st.builds(
    PodView, text, st.booleans(), st.none() | counts, st.none() | text, counts, text, st.none() | counts, text
)
steps = st.fixed_dictionaries({}, optional={"setWeight": counts, "pause": st.just({}) | st.just({"duration": "3s"})})
rollouts = st.builds(
    RolloutView,
    name=text,
    namespace=text,
    phase=text,
    message=text,
    revision=counts,
    stable_hash=text,
    current_hash=text,
    stable_version=text,
    current_version=text,
    current_step_index=st.none() | counts,
    steps=st.lists(steps, max_size=3).map(tuple),
    canary_weight=counts,
    stable_weight=counts,
    aborted=st.booleans(),
    release=st.none() | st.just("errors-40"),
    pause_reason=text,
    analysis_runs=st.lists(st.builds(AnalysisRunView, text, text, text, text), max_size=2).map(tuple),
    measurements=st.lists(st.builds(MeasurementView, times, text, text, text, text, text), max_size=2).map(tuple),
    replica_sets=st.lists(
        st.builds(
            ReplicaSetView,
            *(text, text, counts, text, counts, counts),
            pods=st.lists(pods, max_size=2).map(tuple),
            images=st.lists(text, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    delivery=st.none() | st.builds(DeliveryView, text, text, text),
    strategy=st.sampled_from(["Canary", "BlueGreen"]),
)
platforms = st.builds(
    PlatformView,
    text,
    text,
    text,
    text,
    st.lists(rollouts, max_size=2).map(tuple),
    st.dictionaries(text, st.none() | counts, max_size=2),
)


@given(rollouts)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_rollout_comes_back_from_its_json_as_it_was(view: RolloutView) -> None:
    assert rollout_from_json(json.loads(json.dumps(rollout_to_json(view)))) == view


@given(rollouts)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_from_before_images_and_strategies_is_read(view: RolloutView) -> None:
    shown = rollout_to_json(view)
    del shown["strategy"]
    for replica_set in shown["replicaSets"]:
        del replica_set["images"]
    read = rollout_from_json(shown)
    assert (read.strategy, [one.images for one in read.replica_sets]) == ("Canary", [()] * len(view.replica_sets))


@given(platforms)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_platform_comes_back_from_its_json_as_it_was(view: PlatformView) -> None:
    assert platform_from_json(json.loads(json.dumps(platform_to_json(view)))) == view


@given(rollouts)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_state_has_a_verdict_of_one_line(view: RolloutView) -> None:
    assert verdict(view)
    assert "\n" not in verdict(view)
    assert rollout_to_json(view)["verdict"] == verdict(view)


PAUSED_FOR_GOOD: tuple[dict[str, Any], ...] = ({"setWeight": 30}, {"pause": {}})
AT_30_PERCENT = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Progressing",
    message="more replicas need to be updated",
    revision=2,
    stable_hash="aaa",
    current_hash="bbb",
    stable_version="v1",
    current_version="v2",
    current_step_index=1,
    steps=({"setWeight": 30}, {"pause": {"duration": "20s"}}),
    canary_weight=30,
    stable_weight=70,
    aborted=False,
)


def measured(*phases: str) -> tuple[MeasurementView, ...]:
    return tuple(MeasurementView(index, "success-rate", "[0.6]", phase, "r") for index, phase in enumerate(phases))


def runs(*phases: str) -> tuple[AnalysisRunView, ...]:
    return tuple(AnalysisRunView("r", "Background", phase, "why") for phase in phases)


ABORTED: dict[str, Any] = {"aborted": True, "phase": "Degraded", "canary_weight": 0, "stable_weight": 100}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current_hash": "aaa", "phase": "Healthy"}, "v1 serves everybody."),
        ({"current_hash": "aaa"}, "v1 is getting ready: more replicas need to be updated."),
        ({"current_hash": "aaa", "message": ""}, "v1 is getting ready."),
        ({}, "v2 has 30 % of the traffic; v1 has 70 %."),
        ({"phase": "Paused"}, "v2 has 30 % of the traffic; v1 has 70 %."),
        ({"phase": "Paused", "steps": PAUSED_FOR_GOOD}, "v2 has 30 % and waits to be promoted."),
        (
            {"phase": "Paused", "steps": PAUSED_FOR_GOOD, "current_step_index": 2},
            "v2 has 30 % of the traffic; v1 has 70 %.",
        ),
        ({"measurements": measured("Successful", "Failed")}, "v2 has 30 % and was bad once."),
        ({"measurements": measured("Failed", "Failed")}, "v2 has 30 % and was bad twice."),
        (
            {"phase": "Paused", "pause_reason": "InconclusiveAnalysisRun"},
            "v2 could not be judged and waits at 30 % for a person.",
        ),
        ({"phase": "Degraded", "message": "ProgressDeadlineExceeded"}, "v2 is in trouble: ProgressDeadlineExceeded"),
        (
            {**ABORTED, "measurements": measured("Failed", "Failed"), "analysis_runs": runs("Failed")},
            "v2 was bad twice: rolled back to v1.",
        ),
        (
            {**ABORTED, "measurements": measured("Failed") * 3, "analysis_runs": runs("Successful", "Failed")},
            "v2 was bad 3 times: rolled back to v1.",
        ),
        ({**ABORTED, "analysis_runs": runs("Error")}, "v2 could not be measured: rolled back to v1."),
        ({**ABORTED, "analysis_runs": runs("Successful")}, "v2 was aborted: rolled back to v1."),
        (ABORTED, "v2 was aborted: rolled back to v1."),
    ],
)  # fmt: skip
def test_the_verdict_says_where_the_rollout_stands(changes: dict[str, Any], sentence: str) -> None:
    assert verdict(replace(AT_30_PERCENT, **changes)) == sentence


def test_a_rollout_is_settled_when_nothing_more_happens_by_itself() -> None:
    assert not AT_30_PERCENT.settled
    assert not replace(AT_30_PERCENT, aborted=True).settled
    assert replace(AT_30_PERCENT, **ABORTED).settled
    promoted = replace(AT_30_PERCENT, stable_hash="bbb", phase="Healthy", canary_weight=0)
    assert promoted.settled


def test_a_release_from_a_manifest_has_no_name() -> None:
    assert rollout_to_json(AT_30_PERCENT)["release"] is None
    named = rollout_to_json(replace(AT_30_PERCENT, release="errors-40"))
    assert named["release"] == {"version": "v2", "fault": "errors-40"}


def test_right_after_a_retry_the_old_abort_is_no_trouble() -> None:
    retried = replace(AT_30_PERCENT, phase="Degraded", message="RolloutAborted: x", canary_weight=0, stable_weight=100)
    assert verdict(retried) == "v2 has 0 % of the traffic; v1 has 100 %."
