import pytest

from chaos.report.panels import rate_limits, short
from chaos.report.shape import PhaseDict, PointDict
from chaos.report.spans import Span, plateaus
from chaos.report.tails import tails


def weigh(t: float, weight: int) -> PointDict:
    return PointDict(t=t, weight=weight, step=0, steps=6, phase="Paused", message="")


def visited(name: str, p99_ms: float | None) -> PhaseDict:
    return PhaseDict(name=name, start=0, end=1, failed_share=0, requests=1, failed=0, slow=0, p50_ms=1, p99_ms=p99_ms)


def test_a_plateau_lasts_while_the_weight_does() -> None:
    points = [weigh(0, 30), weigh(4, 30), weigh(9, 50), weigh(12, 0)]
    assert plateaus(points, 20) == [(30, Span(0, 9)), (50, Span(9, 12)), (0, Span(12, 20))]
    assert plateaus([], 20) == []


@pytest.mark.parametrize("values", [[], [1.0], [0.95, 0.96], [0.0], [0.604, 0.95], [0.9], [7.5], [-1.0]])
def test_the_axis_of_the_success_rate_holds_every_value_with_room(values: list[float]) -> None:
    low, high = rate_limits(values)
    assert all(low < value < high for value in [*values, 1.0])


def test_the_worst_tail_stands_for_all_phases_of_the_release() -> None:
    phases = [
        visited("before", 78),
        visited("weight 30", 90),
        visited("weight 50", 640),
        visited("after", None),
    ]
    assert tails(phases) == [("before", 78), ("during, at worst", 640), ("after", None)]
    assert tails(phases[:2]) == [("before", 78), ("during", 90)]
    assert tails([]) == []


def test_a_long_or_broken_name_is_shortened_to_one_line() -> None:
    assert short("line\nbreak", 20) == "line break"
    assert short("outbound-unreachable", 9) == "outbound…"
