"""`faces watch`, from the records of two releases, in 80 columns and 24 rows."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chaos.record import Record
from faces.cli.drawing.screen import screen, steps_lines
from faces.cli.drawing.steps import Reached, Step
from faces.cli.drawing.watched import Watched
from faces.palette import COLORS
from faces.smileys import SMILEYS
from seam.views import EventView
from tests.chaos.report.releases import RELEASED_AT, promoted, rolled_back
from tests.cli.drawing.releases import on_platform, plain, printed, resting, view_at, views_of


def answers(weight: int, bad: int) -> dict[str, Any]:
    """Sixteen tiles, of which so many percent are the canary's, and so many of those fail."""
    own = round(16 * weight / 100)
    tiles = []
    for index in range(16):
        version, failed = ("v4", index < bad) if index < own else ("v3", False)
        smiley = SMILEYS["Cursing" if failed else "Grinning"]
        errors = {"errors": ["smiley: 500"]} if failed else {}
        tile = {"smiley": smiley, "color": COLORS["blue"], "versions": {"smiley": version}}
        tiles.append(json.dumps(tile | errors))
    return {"answers": [[200, tile] for tile in tiles], "tiles": [[index, index, 4] for index in range(16)]}


def watching(record: Record, until: float, *, tiles: bool = True, bad: int = 2) -> Watched:
    """What was seen of it, from 12 s before the release to `until` seconds after it."""
    watched = Watched()
    watched.observe(on_platform(resting("color"), resting("smiley")), RELEASED_AT - 12)
    if tiles:
        watched.hello(4, 4)
    views = views_of(record)
    for second in range(-12, int(until) + 1):
        now = RELEASED_AT + second
        while views and views[0][0] <= now:
            t, view = views.pop(0)
            watched.observe(on_platform(resting("color"), view), t)
        shown = watched.shown
        assert shown is not None
        watched.answered(answers(shown.canary_weight, bad), now)
    return watched


def shown(watched: Watched, t: float, width: int = 80, height: int = 24) -> str:
    return plain(screen(watched, "demo", RELEASED_AT + t, width, height))


def test_between_two_releases_the_next_one_is_told() -> None:
    said = shown(watching(rolled_back(), -2), -2)
    assert said.startswith(("smiley: v3", "color: v3"))
    assert "v3 serves everybody." in said
    assert "The next release: 30 % → 50 % → 70 % → everybody" in said
    assert "16 of 16 happy" in said


def test_a_bad_release_is_told_from_its_traffic_to_what_is_measured() -> None:
    said = shown(watching(rolled_back(), 11), 11)
    lines = said.split("\n")
    assert lines[0].split() == ["smiley:", "v3", "→", "v4,", "errors-40", "demo", "on", "embedded"]
    assert lines[1] == "v4 has 50 % and was bad once."
    assert lines[2].startswith("watching v4 at 50 %")
    assert lines[3].endswith(" 50 % of the traffic")
    assert lines[4] == "✓ 30 %  ✓ watch 7 s  ✓ 50 %  ▸ watch 7 s  · 70 %  · watch 7 s"
    assert "✗ success-rate       78.4 %       at least 95 %" in said
    assert "14 of 16 happy, 8 by v4" in said
    assert "[v4✗]" in said
    assert "■ v4 70.6 %" in said  # of the five seconds before: the first two with 30 % of the traffic
    assert "at least 95 % demanded" in said
    assert "[v4] canary" in lines[-1]


def test_what_came_of_it_stays_on_the_screen() -> None:
    watched = watching(rolled_back(), 20)
    said = shown(watched, 20)
    assert "v4 was aborted: rolled back to v3." in said
    assert "v4 got to 50 %; all traffic was back after 13.9 s." in said
    assert "tiles failed." in said
    assert "✗ watch 7 s" in said
    assert " 0 % of the traffic" in said


def test_who_comes_when_it_is_over_is_told_the_same_by_its_events() -> None:
    back = EventView(RELEASED_AT + 14.2, "TrafficWeightUpdated", "Traffic weight updated from 50 to 0")
    view = view_at(20)
    late = Watched()
    late.observe(on_platform(replace(view, events=(*view.events, back))), RELEASED_AT + 600)
    assert "v4 got to 50 %; all traffic was back after 13.9 s." in shown(late, 600)


def test_a_retry_is_counted_from_its_beginning() -> None:
    watched = watching(rolled_back(), 20)
    watched.observe(on_platform(replace(view_at(2), events=view_at(20).events)), RELEASED_AT + 100)
    watched.observe(on_platform(view_at(20)), RELEASED_AT + 105)
    assert "v4 got to 30 %; all traffic was back after 5 s." in shown(watched, 106)


def test_a_good_release_reaches_everybody() -> None:
    said = shown(watching(promoted(), 70, bad=0), 70)
    assert "v4 serves everybody." in said
    assert "v4 reached everybody after" in said
    assert "0 of" in said
    assert "v4 has all of the traffic." in said


def test_another_release_that_is_under_way_is_told_beside() -> None:
    watched = watching(rolled_back(), 9)
    color = replace(view_at(9), name="color")
    watched.observe(on_platform(color, view_at(9)), RELEASED_AT + 9)
    assert "Also: color: v4 has 50 %" in shown(watched, 9) or "Also: smiley: v4 has 50 %" in shown(watched, 9)
    chosen = Watched("face")
    chosen.observe(on_platform(resting("face"), view_at(9)), RELEASED_AT + 9)
    assert shown(chosen, 9).startswith("face: v3")


def test_where_no_page_can_be_reached_the_rest_is_shown_and_why_is_said() -> None:
    watched = watching(rolled_back(), 11, tiles=False)
    watched.lost("svc/gui, port 80, could not be reached in 30 s: timed out.")
    said = shown(watched, 11)
    assert "No tiles: svc/gui, port 80, could not be reached" in said
    assert "v4 has 50 % and was bad once." in said
    assert "✗" in said.split("No tiles")[1], "the chart has the measurements"


def test_before_anything_is_known_it_says_what_it_waits_for() -> None:
    assert shown(Watched(), 0) == "Asking the run demo how its Rollouts stand. q or Ctrl-C ends it."


def moments() -> Iterator[tuple[Record, int]]:
    yield from ((rolled_back(), t) for t in (-2, 0, 1, 5, 11, 13, 20))
    yield from ((promoted(), t) for t in (9, 30, 70))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (132, 50), (60, 20), (40, 12), (20, 6), (20, 3)])
def test_no_line_is_longer_and_no_screen_higher_than_the_terminal(width: int, height: int) -> None:
    for record, t in moments():
        for tiles in (True, False):
            watched = watching(record, t, tiles=tiles)
            lines = screen(watched, "demo", RELEASED_AT + t, width, height)
            assert len(lines) <= height, (t, tiles)
            assert max(line.cell_len for line in lines) <= width, (t, tiles)


def test_the_verdict_has_room_in_the_smallest_terminal() -> None:
    assert "v4 has 50 % and was" in shown(watching(rolled_back(), 11), 11, 20, 3)


def test_with_no_color_there_is_no_escape_code() -> None:
    lines = screen(watching(rolled_back(), 11), "demo", RELEASED_AT + 11, 80, 24)
    assert "\x1b" not in printed(lines, color_system=None)
    assert "\x1b[" in printed(lines, color_system="standard")


def test_a_stream_that_begins_anew_begins_an_empty_grid() -> None:
    watched = watching(rolled_back(), 11)
    watched.hello(2, 3)
    assert "0 of 6 happy" in shown(watched, 11)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (40, ["✓ 30 %  ✓ watch 20 s  ▸ 50 %  · check"]),
        (36, ["✓ 30 % ✓ watch 20 s ▸ 50 % · check"]),
        (30, ["✓ 30 %  ✓ watch 20 s  ▸ 50 %", "· check"]),
        (14, ["✓ 30 %", "✓ watch 20 s …"]),
    ],
)
def test_the_steps_are_one_line_if_they_can_be(width: int, lines: list[str]) -> None:
    reached = (Reached.DONE, Reached.DONE, Reached.NOW, Reached.LATER)
    steps = [Step(words, where) for words, where in zip(("30 %", "watch 20 s", "50 %", "check"), reached, strict=True)]
    assert [line.plain for line in steps_lines(steps, width)] == lines


def test_a_large_terminal_has_room_for_a_large_grid() -> None:
    watched = watching(rolled_back(), 11)
    watched.hello(30, 40)
    watched.answered(answers(50, 2), RELEASED_AT + 11)
    lines = screen(watched, "demo", RELEASED_AT + 11, 200, 60)
    grid = [line.plain for line in lines if line.plain.startswith(("■", "·"))]
    assert grid[0].startswith("■✗■✗■ ")
    assert "fit" not in plain(lines)
    assert "fit" in plain(screen(watched, "demo", RELEASED_AT + 11, 80, 24))
