from dataclasses import replace

from faces.cli.drawing.metrics import measured, metric_lines, slow_ms, success_metric
from seam.values import Bound
from seam.views import MeasurementView, MetricView
from tests.chaos.report.releases import METRICS, RELEASED_AT
from tests.cli.drawing.releases import plain, resting, view_at


def test_each_metric_has_a_line_with_its_last_value_and_its_history() -> None:
    view = replace(view_at(11), metrics=(replace(METRICS[0], failed=1), METRICS[1]))
    lines = [" ".join(line.plain.split()) for line in metric_lines(view, 80, 8)]
    assert lines == [
        "✗ success-rate 78.4 % at least 95 % bad 1 of 2 ?✓✗",
        "! latency-p99-ms no data at most 500 ms bad 0 of 2 ✓✓!",
    ]
    none = replace(view, measurements=())
    assert "· success-rate not yet at least 95 %" in " ".join(metric_lines(none, 80, 8)[0].plain.split())


def test_where_there_is_no_room_the_bad_ones_stay_and_the_others_are_named() -> None:
    more = tuple(MetricView(f"m{number}", "smiley-7d9f-4") for number in range(6))
    view = replace(view_at(11), metrics=(*more, *METRICS))
    lines = plain(metric_lines(view, 80, 4)).split("\n")
    assert [line.split()[1] for line in lines[:3]] == ["m0", "success-rate", "latency-p99-ms"]
    assert lines[3] == "  and 5 more, none bad: m1, m2, m3, m4, m5"
    assert len(metric_lines(view, 40, 1)) == 1
    assert max(line.cell_len for line in metric_lines(view, 40, 8)) <= 40


def test_a_metric_of_several_runs_is_one_line_as_long_as_they_demand_the_same() -> None:
    def gate(run: str, phase: str) -> MetricView:
        return MetricView("gate", run, phase, demands="at least 95 %")

    first = MeasurementView(RELEASED_AT, "gate", "[0.99]", "Successful", "run-1")
    second = MeasurementView(RELEASED_AT + 9, "gate", "[0.5]", "Failed", "run-2")
    other = MetricView("gate", "run-3", "Running", demands="at least 99 %")
    view = replace(
        view_at(11), metrics=(gate("run-1", "Successful"), gate("run-2", "Failed"), other), measurements=(first, second)
    )
    one, two = measured(view)
    assert [each.phase for each in one.measurements] == ["Successful", "Failed"]
    assert one.metric.run == "run-2"
    assert (two.metric.demands, two.measurements) == ("at least 99 %", ())


def test_slow_is_what_the_metrics_demand_at_most() -> None:
    assert slow_ms(view_at(2)) == 500
    stricter = MetricView("latency", unit="ms", bound=Bound("<", 200))
    assert slow_ms(replace(view_at(2), metrics=(*METRICS, stricter))) == 200
    assert slow_ms(replace(view_at(2), metrics=(replace(stricter, bound=Bound(">", 3)),))) == 500
    assert slow_ms(None) == 500


def test_the_chart_shows_what_is_demanded_of_the_success_rate() -> None:
    assert success_metric(view_at(2)) == METRICS[0]
    share = MetricView("canary-share", unit="ratio", bound=Bound(">=", 0.05))
    assert success_metric(replace(view_at(2), metrics=(share,))) is None
    assert success_metric(resting()) is None
