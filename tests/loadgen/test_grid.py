from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from loadgen.grid import first_due, next_due, tiles
from loadgen.numbering import Numbers


def test_the_default_grid_has_twelve_edge_tiles_around_four_center_tiles() -> None:
    paths = [tile.path for tile in tiles(4, 4)]
    assert len(set(paths)) == 16
    assert [path for path in paths if "center" in path] == [
        "/face/center/?row=1&col=1",
        "/face/center/?row=1&col=2",
        "/face/center/?row=2&col=1",
        "/face/center/?row=2&col=2",
    ]
    assert paths[0] == "/face/edge/?row=0&col=0"
    assert paths[-1] == "/face/edge/?row=3&col=3"


def test_a_grid_of_one_row_is_all_edge() -> None:
    assert [tile.edge for tile in tiles(1, 3)] == [True, True, True]


@given(st.floats(0, 0.125))
def test_a_small_lateness_is_made_up_for_so_the_rate_holds(late: float) -> None:
    assert next_due(100.0, 100.0 + late, 0.125) == 100.125


@given(st.floats(0.126, 1000))
def test_after_a_long_wait_for_a_slot_no_burst_follows(late: float) -> None:
    now = 100.0 + late
    assert next_due(100.0, now, 0.125) == now + 0.125


def test_visitors_start_spread_over_one_interval() -> None:
    offsets = sorted(first_due(number, 0.0, 1.0) for number in range(1, 9))
    assert offsets[0] >= 0
    assert offsets[-1] < 1
    assert min(later - earlier for earlier, later in pairwise(offsets)) > 0.05


def test_a_visitor_who_comes_back_is_the_same_person() -> None:
    numbers = Numbers()
    assert [numbers.take() for _ in range(4)] == [1, 2, 3, 4]
    numbers.give_back(3)
    numbers.give_back(2)
    assert [numbers.take() for _ in range(3)] == [2, 3, 5]
