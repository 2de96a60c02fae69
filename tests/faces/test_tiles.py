import pytest

from faces.faults import Cell
from faces.tiles import BackendAnswer, Grid, color_for, index_of, merged, smiley_for

GOOD_SMILEY = BackendAnswer(200, value="&#x1F603;", version="v2", pod="smiley-1")
GOOD_COLOR = BackendAnswer(200, value="#66CCEE", version="v1", pod="color-1")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("3", 3),
        ("-2", -2),
        ("+4", 4),
        (None, -1),
        ("", -1),
        ("x", -1),
        ("1.5", -1),
        (" 1", -1),
        ("1_0", -1),
        ("٣", -1),
        ("99999999999", -1),
        ("2147483648", -1),
    ],
)
def test_what_is_no_row_or_column_is_minus_one(text: str | None, index: int) -> None:
    assert index_of(text) == index


@pytest.mark.parametrize(
    ("row", "column", "cell"),
    [(0, 2, "edge"), (2, 0, "edge"), (4, 2, "edge"), (2, 5, "edge"), (1, 1, "center"), (3, 4, "center")],
)
def test_the_border_of_the_grid_is_the_edge(row: int, column: int, cell: Cell) -> None:
    assert Grid(rows=5, columns=6, edge_size=1).cell(row, column) == cell


def test_edges_may_be_wide_or_absent_and_outside_is_center() -> None:
    assert {Grid(4, 4, 2).cell(row, column) for row in range(4) for column in range(4)} == {"edge"}
    assert {Grid(4, 4, 0).cell(row, column) for row in range(4) for column in range(4)} == {"center"}
    assert Grid(4, 4, 1).cell(-1, -1) == Grid(4, 4, 1).cell(4, 0) == "center"


@pytest.mark.parametrize(
    ("status", "smiley", "color"),
    [
        (500, "&#x1F92C;", "#BBBBBB"),
        (599, "&#x1F92C;", "#BBBBBB"),
        (404, "&#x1F92C;", "#BBBBBB"),
        (504, "&#x1F634;", "#EE6677"),
        (429, "&#x1F92F;", "#CCBB44"),
    ],
)
def test_each_status_has_its_picture(status: int, smiley: str, color: str) -> None:
    assert (smiley_for(status), color_for(status)) == (smiley, color)


def test_a_good_tile_has_both_parts_their_versions_and_no_errors() -> None:
    assert merged(GOOD_SMILEY, GOOD_COLOR, "v3", "face-1") == {
        "smiley": "&#x1F603;",
        "color": "#66CCEE",
        "versions": {"face": "v3", "smiley": "v2", "color": "v1"},
        "pods": {"face": "face-1", "smiley": "smiley-1", "color": "color-1"},
    }


def test_a_bad_part_is_pictured_and_explained_and_still_says_whose_it_is() -> None:
    bad = BackendAnswer(429, problem="too many", version="v2", pod="color-2")
    tile = merged(GOOD_SMILEY, bad, "v1", "face-1")
    assert (tile["smiley"], tile["color"]) == ("&#x1F603;", "#CCBB44")
    assert tile["errors"] == ["color: too many"]
    assert tile["versions"]["color"] == "v2"
