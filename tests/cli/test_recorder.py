from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaos.report import Measured
from faces.cli.recorder import SETTLING_S, Recorder, measurement_in_words
from faces.cli.telling import Telling, Tone
from seam.views import MeasurementView, RolloutView

STABLE = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Progressing",
    message="",
    revision=2,
    stable_hash="aaa",
    current_hash="bbb",
    stable_version="v1",
    current_version="v2",
    current_step_index=0,
    steps=({"setWeight": 30}, {"pause": {"duration": "20s"}}, {"setWeight": 50}, {"pause": {}}),
    canary_weight=0,
    stable_weight=100,
    aborted=False,
)


def at(weight: int, **changes: Any) -> RolloutView:
    return replace(STABLE, canary_weight=weight, stable_weight=100 - weight, **changes)


ABORTED: dict[str, Any] = {"aborted": True, "phase": "Degraded", "message": "RolloutAborted: why"}
PROMOTED: dict[str, Any] = {"phase": "Healthy", "stable_version": "v2", "stable_hash": "bbb"}


def measured(t: float, phase: str = "Successful", metric: str = "success-rate") -> MeasurementView:
    return MeasurementView(t, metric, "[0.6]", phase, "smiley-bbb-2")


def recorded(*views: tuple[float, RolloutView]) -> tuple[Recorder, list[str]]:
    """A release of v2 at 100, and all that was told."""
    recorder = Recorder("v2", released_at=100)
    return recorder, [telling.sentence for t, view in views for telling in recorder.observe(view, t)]


def test_a_good_release_is_told_from_weight_to_weight_until_it_serves_everybody() -> None:
    recorder, told = recorded((101, at(0)), (102, at(30)), (110, at(50)), (120, at(100)), (121, at(0, **PROMOTED)))
    assert told == [
        "30 % of the traffic goes to v2.",
        "50 % of the traffic goes to v2.",
        "100 % of the traffic goes to v2.",
        "v2 serves everybody.",
    ]
    assert recorder.promoted
    assert recorder.settled_at == 121
    assert recorder.aborted_at is None
    spans = [(phase.name, phase.start, phase.end) for phase in recorder.phases(90, 140)]
    assert spans == [
        ("before", 90, 100),
        ("starting", 100, 102),
        ("weight 30", 102, 110),
        ("weight 50", 110, 120),
        ("weight 100", 120, 121 + SETTLING_S),
        ("after", 121 + SETTLING_S, 140),
    ]


def test_a_bad_release_is_told_until_all_traffic_is_back() -> None:
    bad = (measured(108, "Failed"), measured(113, "Failed"))
    recorder, told = recorded(
        (102, at(30)),
        (108, at(30, measurements=bad[:1])),
        (113, at(30, measurements=bad)),
        (114, at(30, measurements=bad, **ABORTED)),
        (115, at(0, measurements=bad, **ABORTED)),
    )
    assert told[:-1] == [
        "30 % of the traffic goes to v2.",
        "success-rate 60.0 %: Failed",
        "success-rate 60.0 %: Failed",
        "All traffic is back on v1.",
    ]
    assert told[-1].endswith("rolled back to v1.")
    assert not recorder.promoted
    assert (recorder.aborted_at, recorder.settled_at) == (114, 115)
    assert recorder.measurements == [
        Measured(108, "success-rate", "[0.6]", "Failed"),
        Measured(113, "success-rate", "[0.6]", "Failed"),
    ]
    assert [phase.name for phase in recorder.phases(90, 140)] == [
        "before",
        "starting",
        "weight 30",
        "rollback",
        "after",
    ]


def test_good_and_bad_news_have_their_tone() -> None:
    recorder = Recorder("v2", 100)
    tones = [
        telling.tone
        for t, view in (
            (101, at(30, measurements=(measured(101),))),
            (102, at(30, measurements=(measured(101), measured(102, "Failed")))),
            (103, at(0, **ABORTED)),
        )
        for telling in recorder.observe(view, t)
    ]
    assert tones == [Tone.PLAIN, Tone.GOOD, Tone.BAD, Tone.GOOD, Tone.BAD]
    assert Recorder("v2", 100).observe(at(0, **PROMOTED), 101) == [Telling("v2 serves everybody.", Tone.GOOD)]


def test_a_view_that_says_nothing_new_is_neither_told_nor_a_point_of_the_timeline() -> None:
    recorder, told = recorded((101, at(30)), (102, at(30, revision=9)), (103, at(30)))
    assert len(told) == 1
    assert [(point.t, point.weight) for point in recorder.timeline] == [(101, 30)]


def test_every_change_of_weight_step_phase_or_message_is_a_point_of_the_timeline() -> None:
    changes: list[dict[str, Any]] = [{}, {"current_step_index": 1}, {"phase": "Paused"}, {"message": "CanaryPauseStep"}]
    recorder, _ = recorded(*((100 + t, at(30, **change)) for t, change in enumerate(changes)), (110, at(50)))
    assert [point.t for point in recorder.timeline] == [100, 101, 102, 103, 110]
    assert recorder.timeline[1].steps == 4


def test_measurements_are_told_once_though_a_run_forgets_its_oldest() -> None:
    every = [measured(100 + t) for t in range(15)]
    recorder, told = recorded(*((100 + t, at(30, measurements=tuple(every[max(0, t - 9) : t + 1]))) for t in range(15)))
    assert [one.t for one in recorder.measurements] == [one.t for one in every]
    assert sum("success-rate" in sentence for sentence in told) == 15


def test_two_metrics_that_are_measured_at_one_moment_are_two_measurements() -> None:
    both = (measured(101), measured(101, metric="latency-p99"))
    recorder, _ = recorded((101, at(30, measurements=both)))
    assert [one.metric for one in recorder.measurements] == ["success-rate", "latency-p99"]


def test_measurements_of_another_version_do_not_count() -> None:
    recorder, told = recorded((101, at(0, current_version="v3", measurements=(measured(101, "Failed"),))))
    assert recorder.measurements == []
    assert told == []


def test_it_is_not_over_while_the_canary_still_has_traffic_or_another_version_is_meant() -> None:
    recorder, _ = recorded((101, at(30, **ABORTED)), (102, at(0, current_version="v3", **ABORTED)))
    assert recorder.settled_at is None
    recorder.observe(at(0, **ABORTED), 103)
    assert recorder.settled_at == 103


def test_a_pause_that_waits_for_a_person_tells_how_to_go_on_once() -> None:
    paused = at(50, phase="Paused", pause_reason="CanaryPauseStep", current_step_index=3)
    recorder, told = recorded((101, at(50)), (102, paused), (103, paused))
    assert told[1:] == ["v2 has 50 % and waits to be promoted.", "Go on with `faces promote smiley`."]
    assert not recorder.waits_for_a_person


def test_a_pause_that_ends_by_itself_is_not_told() -> None:
    _, told = recorded((101, at(30)), (102, at(30, pause_reason="CanaryPauseStep", current_step_index=1)))
    assert told == ["30 % of the traffic goes to v2."]


def test_an_inconclusive_analysis_asks_for_a_decision() -> None:
    unsure = at(30, phase="Paused", pause_reason="InconclusiveAnalysisRun")
    recorder, told = recorded((101, unsure))
    assert told[1:] == [
        "v2 could not be judged and waits at 30 % for a person.",
        "Decide with `faces promote smiley` or `faces abort smiley`.",
    ]
    assert recorder.waits_for_a_person


VIEWS = st.builds(
    lambda weight, state: at(weight, **state),
    st.sampled_from([0, 30, 50, 100]),
    st.sampled_from([{}, ABORTED, PROMOTED, {"phase": "Paused"}, {"current_version": "v3"}]),
)


@given(
    views=st.lists(st.tuples(st.floats(0, 20), VIEWS), max_size=12),
    before=st.floats(0, 20),
    rest=st.floats(0, 20),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_phases_follow_each_other_without_gap_or_overlap(
    views: list[tuple[float, RolloutView]], before: float, rest: float
) -> None:
    recorder, now = Recorder("v2", released_at=100), 100.0
    for passed, view in views:
        now += passed
        recorder.observe(view, now)
    began, until = 100 - before, now + rest
    phases = recorder.phases(began, until)
    assert phases[0].name == "before"
    assert phases[0].start == began
    assert all(earlier.end == later.start for earlier, later in pairwise(phases))
    last = phases[-1].end
    assert last is not None
    assert last >= until
    for t in (began, (began + until) / 2):
        assert t == until or sum(phase.holds(t) for phase in phases) == 1


@pytest.mark.parametrize(
    ("metric", "value", "phase", "words"),
    [
        ("success-rate", "[0.6212]", "Failed", "success-rate 62.1 %: Failed"),
        ("success-rate", "[1]", "Successful", "success-rate 100.0 %: Successful"),
        ("success-rate", "[5e-05]", "Failed", "success-rate 0.0 %: Failed"),
        ("success-rate", "[]", "Inconclusive", "success-rate: too few requests to judge: Inconclusive"),
        ("success-rate", "[NaN]", "Inconclusive", "success-rate: too few requests to judge: Inconclusive"),
        ("latency-p99", "[812.4]", "Failed", "latency-p99 812 ms: Failed"),
        ("latency-p99", "0.98,1", "Failed", "latency-p99 1 ms: Failed"),
        ("errors", "12", "Failed", "errors 12: Failed"),
        ("health", '"ok"', "Successful", 'health "ok": Successful'),
        ("health", "[NaN]", "Successful", "health [NaN]: Successful"),
        ("success-rate", "", "Error", "success-rate: could not be measured (no answer)"),
    ],
)
def test_a_measurement_in_words(metric: str, value: str, phase: str, words: str) -> None:
    assert measurement_in_words(MeasurementView(1, metric, value, phase, "r", "no answer")) == words


def test_an_error_without_a_reason_says_so() -> None:
    said = measurement_in_words(MeasurementView(1, "m", "", "Error", "r"))
    assert said == "m: could not be measured (no reason given)"
