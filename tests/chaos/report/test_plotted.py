import itertools
from typing import Any

import pytest

from chaos.record import Record
from chaos.report.canvas import NARROW, WIDE, Canvas
from chaos.report.charts import Chart, charts, steady_rows, verdict_rows
from chaos.report.curves import limits, rate_limits
from chaos.report.document import build_report
from chaos.report.marks import short
from chaos.report.plot import _figure
from chaos.report.shape import MeasuredDict, MetricDict, PhaseDict, PointDict, Report
from chaos.report.spans import Span, plateaus
from chaos.report.tails import tails


def metric(name: str, unit: str, demands: str = "", op: str = ">=", bound: float | None = None) -> MetricDict:
    return MetricDict(
        name=name,
        unit=unit,
        demands=demands,
        bound={"op": op, "value": bound} if bound is not None else None,
        failure_limit=0,
        inconclusive_limit=0,
        consecutive_error_limit=4,
        count=None,
        query="",
    )


def one(name: str, value: str, demands: str = "") -> MeasuredDict:
    return MeasuredDict(
        t=1.0, metric=name, value=value, words=value, phase="Successful", run="run", message="", demands=demands
    )


def report(metrics: list[MetricDict], measurements: list[MeasuredDict]) -> Report:
    parts: Any = {"metrics": metrics, "measurements": measurements}
    return parts  # type: ignore[no-any-return]


def weigh(t: float, weight: int) -> PointDict:
    return PointDict(t=t, weight=weight, step=0, steps=6, phase="Paused", message="")


def visited(name: str, p99_ms: float | None) -> PhaseDict:
    return PhaseDict(name=name, start=0, end=1, failed_share=0, requests=1, failed=0, slow=0, p50_ms=1, p99_ms=p99_ms)


def test_a_metric_is_drawn_on_the_axis_of_its_unit_and_nothing_is_guessed_from_its_name() -> None:
    metrics = [
        metric("latency", "ratio", "at least 95 %", bound=0.95),
        metric("success-rate", "s", "at most 2 s", "<=", 2),
        metric("rate-ms", "ms"),
        metric("p99-ms", ""),
    ]
    values = {"rate-ms": "[80]"}
    drawn = charts(report(metrics, [one(m["name"], values.get(m["name"], "[0.5]"), m["demands"]) for m in metrics]))
    assert [(chart.unit, chart.title, [curve.name for curve in chart.curves]) for chart in drawn] == [
        ("ratio", "Measured latency", ["latency"]),
        ("ms", "Times", ["success-rate", "rate-ms"]),
        ("", "Measured p99-ms", ["p99-ms"]),
    ]
    assert [value for _, value in drawn[1].curves[0].points] == [500]
    assert [(curve.bound, curve.demands) for chart in drawn for curve in chart.curves] == [
        (0.95, "at least 95 %"),
        (2000, "at most 2 s"),
        (None, ""),
        (None, ""),
    ]


def test_a_metric_without_a_number_is_drawn_by_its_verdicts_alone() -> None:
    some, none = metric("some", "ratio", bound=0.9), metric("none", "ratio", bound=0.8)
    empty, other, number = one("some", "[]"), one("none", "NaN"), one("some", "[0.9]")
    drawn = report([none, some], [number, empty, other])
    assert [curve.name for chart in charts(drawn) for curve in chart.curves] == ["some"]
    assert verdict_rows(drawn) == [("some", [empty]), ("none", [other])]


def test_two_demands_of_one_name_are_two_curves_of_one_chart() -> None:
    metrics = [
        metric("gate", "ratio", "at least 90 %", bound=0.9),
        metric("gate", "ratio", "at least 99 %", bound=0.99),
    ]
    measured = [one("gate", "[0.95]", "at least 90 %"), one("gate", "[0.96]", "at least 99 %")]
    chart = charts(report(metrics, measured))[0]
    assert chart.title == "Measured gate"
    assert [(curve.demands, [value for _, value in curve.points]) for curve in chart.curves] == [
        ("at least 90 %", [0.95]),
        ("at least 99 %", [0.96]),
    ]


def failing(measured: MeasuredDict) -> MeasuredDict:
    return {**measured, "phase": "Failed"}


SHARES = [metric(name, "ratio", "at most 5 %", "<=", 0.05) for name in ("slow", "cut", "denied", "lost", "odd", "late")]


def test_of_many_metrics_of_one_axis_those_that_went_bad_are_drawn_and_the_others_have_a_line_of_words() -> None:
    rate = metric("rate", "ratio", "at least 95 %", bound=0.95)
    good = [one(m["name"], value, m["demands"]) for m in SHARES[:3] for value in ("[0.02]", "[0]", "[0.01]")]
    bad = failing(one("rate", "[0.6]", "at least 95 %"))
    drawn = report([*SHARES[:3], rate], [*good, bad])
    assert [curve.name for curve in charts(drawn)[0].curves] == ["rate"]
    assert [words for words, _ in steady_rows(drawn)] == [
        "slow, at most 5 %: [0] to [0.02]",
        "cut, at most 5 %: [0] to [0.02]",
        "denied, at most 5 %: [0] to [0.02]",
    ]
    assert [len(measured) for _, measured in steady_rows(drawn)] == [3, 3, 3]


def test_of_many_metrics_that_were_all_good_the_first_is_drawn() -> None:
    drawn = report(SHARES, [one(m["name"], "[0.01]", m["demands"]) for m in SHARES])
    assert [curve.name for curve in charts(drawn)[0].curves] == ["slow"]
    assert [words for words, _ in steady_rows(drawn)][:1] == ["cut, at most 5 %: [0.01]"]


def test_three_metrics_of_one_axis_are_all_drawn() -> None:
    drawn = report(SHARES[:3], [one(m["name"], "[0.01]", m["demands"]) for m in SHARES[:3]])
    assert [curve.name for curve in charts(drawn)[0].curves] == ["slow", "cut", "denied"]
    assert steady_rows(drawn) == []


def test_times_of_another_order_do_not_flatten_the_curve_that_went_bad() -> None:
    p99 = metric("p99", "ms", "at most 500 ms", "<=", 500)
    left = metric("certificate-left", "s", "more than 0 s", ">", 0)
    measured = [failing(one("p99", "[1831]", p99["demands"])), one("certificate-left", "[86389]", left["demands"])]
    drawn = report([left, p99], measured)
    (chart,) = charts(drawn)
    assert chart.title == "Measured p99"
    assert limits(chart)[1] < 2500
    assert [words for words, _ in steady_rows(drawn)] == ["certificate-left, more than 0 s: [86389]"]


def test_a_time_of_another_order_that_went_bad_has_an_axis_of_its_own() -> None:
    p99 = metric("p99", "ms", "at most 500 ms", "<=", 500)
    left = metric("certificate-left", "s", "more than 3600 s", ">", 3600)
    bad = [failing(one("p99", "[1831]", p99["demands"])), failing(one("certificate-left", "[3000]", left["demands"]))]
    drawn = report([p99, left], bad)
    assert [chart.title for chart in charts(drawn)] == ["Measured p99", "Measured certificate-left"]
    assert steady_rows(drawn) == []


def test_a_metric_that_was_once_without_an_answer_is_not_among_the_good_ones() -> None:
    measured = [one(m["name"], "[0.01]", m["demands"]) for m in SHARES]
    unanswered: MeasuredDict = {**one("odd", "[]", "at most 5 %"), "phase": "Inconclusive"}
    drawn = report(SHARES, [*measured, unanswered])
    assert [curve.name for curve in charts(drawn)[0].curves] == ["odd"]
    assert "odd" not in " ".join(words for words, _ in steady_rows(drawn))


@pytest.mark.parametrize("canvas", [WIDE, NARROW], ids=lambda canvas: canvas.name)
@pytest.mark.parametrize("bad", range(len(SHARES) + 1))
def test_the_names_of_curves_cover_no_other_panel(record: Record, canvas: Canvas, bad: int) -> None:
    told = build_report(record)
    told["metrics"] = SHARES
    measured = [one(m["name"], "[0.01]", m["demands"]) for m in SHARES]
    told["measurements"] = [failing(m) if index < bad else m for index, m in enumerate(measured)]
    figure = _figure(told, canvas)
    figure.draw_without_rendering()
    panels = [(axes, axes.get_window_extent()) for axes in figure.axes]
    for axes, _ in panels:
        legend = axes.get_legend()
        if legend is not None:
            covered = [box for other, box in panels if other is not axes and box.overlaps(legend.get_window_extent())]
            assert covered == []


def test_a_measurement_of_which_no_more_is_known_has_an_axis_of_its_own() -> None:
    assert [(chart.unit, chart.title) for chart in charts(report([], [one("mine", "[7]")]))] == [("", "Measured mine")]


def test_a_plateau_lasts_while_the_weight_does() -> None:
    points = [weigh(0, 30), weigh(4, 30), weigh(9, 50), weigh(12, 0)]
    assert plateaus(points, 20) == [(30, Span(0, 9)), (50, Span(9, 12)), (0, Span(12, 20))]
    assert plateaus([], 20) == []


@pytest.mark.parametrize("values", [[], [1.0], [0.95, 0.96], [0.0], [0.604, 0.95], [0.9], [7.5], [-1.0]])
def test_the_axis_of_ratios_holds_every_value_with_room(values: list[float]) -> None:
    low, high = rate_limits(values)
    assert all(low < value < high for value in [*values, 1.0])


def chart(unit: str, bound: float, *values: float) -> Chart:
    demanded = metric("m", unit, "at most", "<=", bound)
    return charts(report([demanded], [one("m", f"[{value}]", "at most") for value in values]))[0]


@pytest.mark.parametrize(
    ("drawn", "floor"),
    [
        (chart("ms", 500, 9, 12), 0),
        (chart("ms", 500, 812), 0),
        (chart("ms", 0, 0), 0),
        (chart("", 17, 19, 3), None),
        (chart("", 0, 0), None),
        (chart("ms", 500, -4), None),
    ],
)
def test_an_axis_holds_measurements_and_bounds_and_times_begin_at_0(drawn: Chart, floor: float | None) -> None:
    low, high = limits(drawn)
    assert low <= min(drawn.values) <= max(drawn.values) < high
    assert floor is None or low == floor


def test_a_narrow_canvas_has_less_room_for_a_text() -> None:
    assert NARROW.share("released") > 2 * WIDE.share("released")


def test_the_worst_tail_stands_for_all_phases_of_the_release() -> None:
    phases = [visited("before", 78), visited("weight 30", 90), visited("weight 50", 640), visited("after", None)]
    assert tails(phases) == [("before", 78), ("during, at worst", 640), ("after", None)]
    assert tails(phases[:2]) == [("before", 78), ("during", 90)]
    assert tails([]) == []


def test_a_phase_that_nobody_visited_has_no_tail() -> None:
    nobody = visited("weight 30", None)
    nobody["requests"] = 0
    assert tails([visited("before", 78), nobody]) == [("before", 78)]


def test_a_long_or_broken_name_is_shortened_to_one_line() -> None:
    assert short("line\nbreak", 20) == "line break"
    assert short("outbound-unreachable", 9) == "outbound…"


def test_the_names_of_release_and_ending_do_not_cover_each_other_where_there_is_little_room(record: Record) -> None:
    figure = _figure(build_report(record), NARROW)
    figure.draw_without_rendering()
    named = [text for text in figure.axes[0].texts if text.get_text().startswith(("released", "rolled back"))]
    boxes = [text.get_window_extent() for text in named]
    assert any(text.get_text().startswith("rolled back") for text in named)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
