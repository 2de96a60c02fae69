import json
from typing import Any

import pytest

from faces.cli.drawing.tiles import Look, Tile, Wall, legend, read_tile
from faces.palette import COLORS
from faces.smileys import SMILEYS
from tests.cli.drawing.releases import plain, printed, resting, view_at

UNDER_WAY = view_at(2)


def body(smiley: str = "Grinning", color: str = "blue", version: str | None = "v3", **more: Any) -> str:
    tile = {"smiley": SMILEYS[smiley], "color": COLORS[color], "versions": {"smiley": version, "face": "v9"}}
    return json.dumps(tile | more)


@pytest.mark.parametrize(
    ("status", "said", "look"),
    [
        (200, body(), Look.GOOD),
        (200, body("Cursing", errors=["smiley: 500"]), Look.FAILED),
        (200, body("Sleeping", errors=["smiley: no answer"]), Look.TIMED_OUT),
        (200, body(color="red", errors=["color: no answer"]), Look.TIMED_OUT),
        (200, body(color="grey", errors=["color: 500"]), Look.FAILED),
        (200, body("Vomiting"), Look.FAILED),  # a wrong answer without an error
        (200, body(status=504), Look.TIMED_OUT),
        (503, body(), Look.FAILED),
        (504, "", Look.TIMED_OUT),
        (200, "<html>", Look.FAILED),
        (200, "[]", Look.FAILED),
        (200, "{}", Look.FAILED),
    ],
)
def test_what_an_answer_means(status: int, said: str, look: Look) -> None:
    assert read_tile(status, said, 5, UNDER_WAY, 500).look is look


def test_a_good_answer_that_takes_longer_than_is_demanded_is_slow_and_still_good() -> None:
    slow = read_tile(200, body(), 501, UNDER_WAY, 500)
    assert (slow.look, slow.ok) == (Look.SLOW, True)
    assert read_tile(504, "", 9000, UNDER_WAY, 500).look is Look.TIMED_OUT


def test_whose_a_tile_is_follows_from_the_release_that_is_looked_at() -> None:
    assert read_tile(200, body(), 5, UNDER_WAY, 500) == Tile(Look.GOOD, "v3", canary=False)
    assert read_tile(200, body(version="v4"), 5, UNDER_WAY, 500) == Tile(Look.GOOD, "v4", canary=True)
    assert read_tile(200, body(version=None), 5, UNDER_WAY, 500).version is None
    assert read_tile(504, "", 5, UNDER_WAY, 500) == Tile(Look.TIMED_OUT)
    # Between two releases there is no canary, and a workload that serves no tile shows the newest version in it.
    assert read_tile(200, body(version="v4"), 5, resting("smiley"), 500) == Tile(Look.GOOD, "v4")
    assert read_tile(200, body(version="v10"), 5, resting("gui"), 500) == Tile(Look.GOOD, "v10")
    assert read_tile(200, body(), 5, None, 500) == Tile(Look.GOOD)


def wall(rows: int = 2, columns: int = 2) -> Wall:
    made = Wall(rows, columns)
    made.put(0, Tile(Look.GOOD, "v3"))
    made.put(1, Tile(Look.FAILED, "v4", canary=True))
    made.put(2, Tile(Look.SLOW, "v4", canary=True))
    made.wait(3)
    return made


def test_a_canary_and_what_went_wrong_are_told_by_shape() -> None:
    assert plain(wall().lines(40, 8)) == " v3   [v4✗]\n[v4~]   …"
    assert "\x1b" not in printed(wall().lines(40, 8), color_system=None)
    assert wall().summary() == "2 of 4 happy, 2 by v4"
    assert Wall(4, 4).summary() == "0 of 16 happy"


def test_a_large_grid_is_drawn_small_and_what_does_not_fit_is_said() -> None:
    large = wall(10, 20)
    assert large.is_small(40)
    assert large.lines(40, 10)[0].plain.startswith("· ■✗■~·…")
    assert len(large.lines(40, 10)) == 10
    cut = large.lines(32, 7)
    assert max(line.cell_len for line in cut) <= 32
    assert (len(cut), cut[-1].plain) == (7, "6x16 of 10x20 fit")


def test_long_versions_keep_their_column() -> None:
    long = Wall(1, 2)
    long.put(0, Tile(Look.GOOD, "2026.11"))
    long.put(1, Tile(Look.GOOD, "v1"))
    assert plain(long.lines(40, 4)) == " 2026    v1"


def test_the_legend_says_what_the_shapes_mean() -> None:
    assert legend(UNDER_WAY) == "[v4] canary  ~ slow  ✗ failed  z timed out  … waiting"
    assert legend(UNDER_WAY, small=True).startswith("■ canary  ")
    assert legend(resting()).startswith("~ slow")
