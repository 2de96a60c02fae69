from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaos.record import Line, Measured, Progress, Tone
from chaos.record.lines import measurement_line, measurement_lines
from chaos.record.progress import SETTLING_S
from seam.values import Bound
from seam.views import AnalysisRunView, MeasurementView, MetricView, RolloutView

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
PROMOTED: dict[str, Any] = {"phase": "Healthy", "stable_version": "v2", "stable_hash": "bbb", "measured": True}


AT_LEAST = MetricView("success-rate", unit="ratio", demands="at least 95 %", bound=Bound(">=", 0.95))


def measured(t: float, phase: str = "Successful", metric: str = "success-rate") -> MeasurementView:
    return MeasurementView(t, metric, "[0.6]", phase, "smiley-bbb-2")


def watched(*views: tuple[float, RolloutView]) -> tuple[Progress, list[str]]:
    """A release of v2 at 100, and all that was told."""
    progress = Progress("v2", released_at=100)
    return progress, [line.sentence for t, view in views for line in progress.observe(view, t)]


def test_a_good_release_is_told_from_weight_to_weight_until_it_serves_everybody() -> None:
    progress, told = watched((101, at(0)), (102, at(30)), (110, at(50)), (120, at(100)), (121, at(0, **PROMOTED)))
    assert told == [
        "30 % of the traffic goes to v2.",
        "50 % of the traffic goes to v2.",
        "100 % of the traffic goes to v2.",
        "v2 serves everybody.",
    ]
    assert progress.promoted
    assert progress.settled_at == 121
    assert progress.aborted_at is None
    spans = [(phase.name, phase.start, phase.end) for phase in progress.phases(90, 140)]
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
    progress, told = watched(
        (102, at(30)),
        (108, at(30, measurements=bad[:1], metrics=(AT_LEAST,))),
        (113, at(30, measurements=bad, metrics=(AT_LEAST,))),
        (114, at(30, measurements=bad, metrics=(AT_LEAST,), **ABORTED)),
        (115, at(0, measurements=bad, metrics=(AT_LEAST,), **ABORTED)),
    )
    assert told[:-1] == [
        "30 % of the traffic goes to v2.",
        "success-rate 60 %, at least 95 % demanded: Failed",
        "success-rate 60 %, at least 95 % demanded: Failed",
        "All traffic is back on v1.",
    ]
    assert told[-1].endswith("rolled back to v1.")
    assert not progress.promoted
    assert (progress.aborted_at, progress.settled_at) == (114, 115)
    assert progress.measurements == [
        Measured(
            *(t, "success-rate", "smiley-bbb-2", "[0.6]", "60 %", "Failed"),
            unit="ratio",
            demands="at least 95 %",
            bound=Bound(">=", 0.95),
        )
        for t in (108, 113)
    ]
    assert [phase.name for phase in progress.phases(90, 140)] == [
        "before",
        "starting",
        "weight 30",
        "rollback",
        "after",
    ]


def test_good_and_bad_news_have_their_tone() -> None:
    progress = Progress("v2", 100)
    tones = [
        line.tone
        for t, view in (
            (101, at(30, measurements=(measured(101),))),
            (102, at(30, measurements=(measured(101), measured(102, "Failed")))),
            (103, at(0, **ABORTED)),
        )
        for line in progress.observe(view, t)
    ]
    assert tones == [Tone.PLAIN, Tone.GOOD, Tone.BAD, Tone.GOOD, Tone.BAD]
    assert Progress("v2", 100).observe(at(0, **PROMOTED), 101) == [Line("v2 serves everybody.", Tone.GOOD)]


def test_a_view_that_says_nothing_new_is_neither_told_nor_a_point_of_the_timeline() -> None:
    progress, told = watched((101, at(30)), (102, at(30, revision=9)), (103, at(30)))
    assert len(told) == 1
    assert [(point.t, point.weight) for point in progress.timeline] == [(101, 30)]


def test_every_change_of_weight_step_phase_or_message_is_a_point_of_the_timeline() -> None:
    changes: list[dict[str, Any]] = [{}, {"current_step_index": 1}, {"phase": "Paused"}, {"message": "CanaryPauseStep"}]
    progress, _ = watched(*((100 + t, at(30, **change)) for t, change in enumerate(changes)), (110, at(50)))
    assert [point.t for point in progress.timeline] == [100, 101, 102, 103, 110]
    assert progress.timeline[1].steps == 4


def test_measurements_are_told_once_though_a_run_forgets_its_oldest() -> None:
    every = [measured(100 + t) for t in range(15)]
    progress, told = watched(*((100 + t, at(30, measurements=tuple(every[max(0, t - 9) : t + 1]))) for t in range(15)))
    assert [one.t for one in progress.measurements] == [one.t for one in every]
    assert sum("success-rate" in sentence for sentence in told) == 15


def test_two_metrics_that_are_measured_at_one_moment_are_two_measurements() -> None:
    both = (measured(101), measured(101, metric="latency-p99"))
    progress, _ = watched((101, at(30, measurements=both)))
    assert [one.metric for one in progress.measurements] == ["success-rate", "latency-p99"]


def test_measurements_of_another_version_do_not_count() -> None:
    progress, told = watched((101, at(0, current_version="v3", measurements=(measured(101, "Failed"),))))
    assert progress.measurements == []
    assert told == []


def test_it_is_not_over_while_the_canary_still_has_traffic_or_another_version_is_meant() -> None:
    progress, _ = watched((101, at(30, **ABORTED)), (102, at(0, current_version="v3", **ABORTED)))
    assert progress.settled_at is None
    progress.observe(at(0, **ABORTED), 103)
    assert progress.settled_at == 103


def test_a_pause_that_waits_for_a_person_tells_how_to_go_on_once() -> None:
    paused = at(50, phase="Paused", pause_reason="CanaryPauseStep", current_step_index=3)
    progress, told = watched((101, at(50)), (102, paused), (103, paused))
    assert told[1:] == ["v2 has 50 % and waits to be promoted.", "Continue with `faces promote smiley`."]
    assert progress.waits_for_a_person


def test_a_pause_that_ends_by_itself_is_not_told() -> None:
    _, told = watched((101, at(30)), (102, at(30, pause_reason="CanaryPauseStep", current_step_index=1)))
    assert told == ["30 % of the traffic goes to v2."]


def test_an_inconclusive_analysis_asks_for_a_decision() -> None:
    unsure = at(30, phase="Paused", pause_reason="InconclusiveAnalysisRun")
    progress, told = watched((101, unsure))
    assert told[1:] == [
        "v2 could not be judged and waits at 30 % for a person.",
        "Decide with `faces promote smiley` or `faces abort smiley`.",
    ]
    assert progress.waits_for_a_person


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
    progress, now = Progress("v2", released_at=100), 100.0
    for passed, view in views:
        now += passed
        progress.observe(view, now)
    began, until = 100 - before, now + rest
    phases = progress.phases(began, until)
    assert phases[0].name == "before"
    assert phases[0].start == began
    assert all(earlier.end == later.start for earlier, later in pairwise(phases))
    last = phases[-1].end
    assert last is not None
    assert last >= until
    for t in (began, (began + until) / 2):
        assert t == until or sum(phase.holds(t) for phase in phases) == 1


RATIO = MetricView("success-rate", unit="ratio", demands="at least 95 %", bound=Bound(">=", 0.95))
SLOW = MetricView("latency-p99-ms", unit="ms", demands="at most 500 ms", bound=Bound("<=", 500))
ODD = MetricView("health", demands='result == "ok"')


@pytest.mark.parametrize(
    ("metric", "value", "phase", "words"),
    [
        (RATIO, "[0.6212]", "Failed", "success-rate 62.1 %, at least 95 % demanded: Failed"),
        (RATIO, "[0.9499]", "Failed", "success-rate 94.99 %, at least 95 % demanded: Failed"),
        (RATIO, "[1]", "Successful", "success-rate 100 %, at least 95 % demanded: Successful"),
        (RATIO, "[]", "Inconclusive", "success-rate: too few requests to judge: Inconclusive"),
        (RATIO, "[NaN]", "Inconclusive", "success-rate: too few requests to judge: Inconclusive"),
        (SLOW, "[812.4]", "Failed", "latency-p99-ms 812 ms, at most 500 ms demanded: Failed"),
        (SLOW, "[500.4]", "Failed", "latency-p99-ms 500.4 ms, at most 500 ms demanded: Failed"),
        (ODD, '"ok"', "Successful", 'health "ok", result == "ok" demanded: Successful'),
        (ODD, "[NaN]", "Successful", 'health no data, result == "ok" demanded: Successful'),
        (RATIO, "", "Error", "success-rate: could not be measured (no answer)"),
    ],
)
def test_a_measurement_in_words(metric: MetricView, value: str, phase: str, words: str) -> None:
    one = MeasurementView(1, metric.name, value, phase, "r", "no answer")
    assert measurement_line(one, at(30, metrics=(metric,))).sentence == words


def test_of_many_metrics_those_that_go_on_being_good_are_told_of_once() -> None:
    names = ("success-rate", "denied", "unreachable", "slow-bodies")
    metrics = tuple(MetricView(name) for name in names)
    progress = Progress("v2", 100)

    def told(t: float, **phases: str) -> list[str]:
        measurements = tuple(measured(t, phases.get(name.replace("-", "_"), "Successful"), name) for name in names)
        lines = progress.observe(at(30, metrics=metrics, measurements=measurements), t)
        return [name for name in names if any(line.sentence.startswith(name) for line in lines)]

    assert told(100 + 1) == list(names)
    assert told(100 + 2) == ["success-rate"]
    assert told(100 + 3, denied="Failed") == ["success-rate", "denied"]
    assert told(100 + 4) == ["success-rate", "denied"]
    assert told(100 + 5) == ["success-rate"]


def test_nothing_is_guessed_of_a_metric_that_says_no_unit() -> None:
    rate = MetricView("success-rate", demands="at least 0.95", bound=Bound(">=", 0.95))
    one = MeasurementView(1, "success-rate", "[0.62]", "Failed", "r")
    said = measurement_line(one, at(30, metrics=(rate,))).sentence
    assert said == "success-rate 0.62, at least 0.95 demanded: Failed"


def test_metrics_that_say_nothing_for_the_same_reason_have_one_line() -> None:
    names = ("success-rate", "latency", "denied", "retries", "certificate")
    nothing = tuple(MeasurementView(101, name, "", "Error", "r", "no route") for name in names)
    few = tuple(MeasurementView(102, name, "[]", "Inconclusive", "r") for name in names[:2])
    view = at(30, measurements=(*nothing[:1], measured(101), *nothing[1:], *few))
    told = [line.sentence for line in measurement_lines(view.measurements, view)]
    assert told == [
        "success-rate, latency and 3 others: could not be measured (no route)",
        "success-rate 0.6: Successful",
        "success-rate and latency: too few requests to judge: Inconclusive",
    ]
    assert [line.sentence for line in measurement_lines(nothing[:3], view)] == [
        "success-rate, latency and denied: could not be measured (no route)"
    ]


def test_when_the_first_measurement_comes_is_told_once() -> None:
    first = replace(AT_LEAST, run="r", next_at=120.0)
    later = replace(AT_LEAST, run="r", next_at=130.0)
    waiting = (101, at(0, metrics=(first,))), (103.5, at(30, metrics=(first,))), (110, at(50, metrics=(first,)))
    _, told = watched(*waiting, (121, at(50, metrics=(later,), measurements=(measured(120),))))
    assert told[:2] == ["30 % of the traffic goes to v2.", "The first measurement comes in 17 s."]
    assert sum("first measurement" in sentence for sentence in told) == 1
    _, at_once = watched((119.5, at(30, metrics=(first,))))
    assert at_once == ["30 % of the traffic goes to v2."]


def test_an_error_without_a_reason_says_so() -> None:
    said = measurement_line(MeasurementView(1, "m", "", "Error", "r"), STABLE).sentence
    assert said == "m: could not be measured (no reason given)"


def test_the_first_error_says_what_to_do_and_the_others_do_not() -> None:
    first, second = measured(101, "Error"), measured(111, "Error")
    progress, told = watched((101, at(30, measurements=(first,))), (111, at(30, measurements=(first, second))))
    assert sum("nothing protects visitors" in sentence for sentence in told) == 1
    assert "`faces abort smiley`" in told[2]
    assert not progress.unmeasured


def test_a_version_that_nobody_measured_was_promoted_unmeasured() -> None:
    error = (measured(101, "Error"),)
    run = (AnalysisRunView("r", "Background", "Successful", ""),)
    promoted = at(0, measurements=error, analysis_runs=run, **(PROMOTED | {"measured": False}))
    progress, told = watched((101, at(30)), (110, promoted))
    assert progress.unmeasured
    assert told[-1] == "v2 was promoted unmeasured: every measurement was an error."
    assert Progress("v2", 100).observe(promoted, 101)[-1].tone is Tone.BAD


def test_degraded_without_an_abort_is_stuck_and_told_once() -> None:
    stuck = at(0, phase="Degraded", message="ProgressDeadlineExceeded: timed out.")
    progress, told = watched((101, at(0)), (102, stuck), (103, stuck))
    assert progress.stuck
    assert told == ["v2 is in trouble: ProgressDeadlineExceeded: timed out."]


def test_after_an_abort_it_is_not_over_while_the_canary_still_has_traffic() -> None:
    progress, told = watched((101, at(50)), (102, at(30, **ABORTED)), (103, at(0, **ABORTED)))
    assert progress.settled_at == 103
    assert told[-2:] == ["All traffic is back on v1.", "v2 was aborted: rolled back to v1."]


def test_what_one_is_to_type_is_typed_as_this_command_was_called() -> None:
    progress = Progress("v2", 100, typed=lambda words: f".venv/bin/faces {words} --name shop")
    paused = at(30, phase="Paused", pause_reason="InconclusiveAnalysisRun")
    told = [line.sentence for line in progress.observe(paused, 101)]
    both = ".venv/bin/faces promote smiley --name shop", ".venv/bin/faces abort smiley --name shop"
    assert told[-1] == "Decide with `{}` or `{}`.".format(*both)


def test_right_after_a_retry_the_phase_still_speaks_of_the_abort_and_nothing_is_stuck() -> None:
    retried = at(0, phase="Degraded", message="RolloutAborted: Rollout aborted update to revision 2")
    progress, told = watched((101, retried), (102, at(30)))
    assert not progress.stuck
    assert told == ["30 % of the traffic goes to v2."]
