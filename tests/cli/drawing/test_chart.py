import pytest

from faces.cli.drawing.chart import CANARY, STABLE, Dot, Scale, axis, chart
from faces.cli.drawing.rates import Rates
from tests.cli.drawing.releases import plain


def test_what_is_demanded_is_a_row_between_good_and_bad() -> None:
    lines = plain(chart([1.0, 1.0, 1.0, None], [None, 0.94, 0.6, 0.61], [Dot(2, 0.615, "Failed")], 5, 0.95, "")).split(
        "\n"
    )
    assert lines == [
        " 100 % ───",
        "  95 % ┈┈┈┈",
        "        ■",
        "",
        "  60 %   ✗■",
    ]


def test_the_demand_is_written_where_there_is_room() -> None:
    assert "┈ at least 95 % demanded" in chart([None] * 40, [], [], 5, 0.95, "at least 95 %")[1].plain
    assert chart([None] * 10, [], [], 5, 0.95, "at least 95 %")[1].plain.endswith("┈" * 10)


def test_without_a_demand_the_rows_are_spread_evenly() -> None:
    scale = Scale.of(5, None, [0.5])
    assert [scale.row(share) for share in (1.0, 0.875, 0.75, 0.5)] == [0, 1, 2, 4]
    assert [scale.label(row) for row in (0, 1, 4)] == ["100 %", "", "50 %"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.949, 0.95, 0.999, 1.0])
@pytest.mark.parametrize("bound", [None, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("rows", [1, 4, 6, 12])
def test_every_share_has_a_row(share: float, bound: float | None, rows: int) -> None:
    scale = Scale.of(rows, bound, [share])
    assert 0 <= scale.row(share) < scale.rows
    if bound is not None:
        assert scale.row(share) != 1
        assert (scale.row(share) == 0) == (share >= bound)


def test_a_canary_as_good_as_stable_is_seen_before_it() -> None:
    assert chart([1.0, 1.0], [None, 1.0], [], 4, 0.95, "")[0].plain.endswith(STABLE + CANARY)


def test_the_axis_counts_from_the_release() -> None:
    assert axis(range(92, 112), 100).plain == "       -8 s           +11 s"
    assert axis(range(92, 112), None).plain.endswith("now")


def test_a_point_is_of_five_seconds_and_of_who_answered() -> None:
    rates = Rates()
    for t in range(100, 110):
        rates.add(t + 0.2, ok=True, canary=False)
        rates.add(t + 0.7, ok=t % 2 == 0, canary=True)
    rates.add(109.9, ok=False, canary=None)  # nobody knows whose
    assert rates.shares([99, 104, 109], canary=False) == [None, 1.0, 1.0]
    assert rates.share(104, canary=True) == 3 / 5
    assert rates.latest(110.4, canary=True) == 2 / 5  # this second has nothing yet
    assert rates.latest(112.4, canary=True) is None
    assert rates.count(105) == (11, 4)
