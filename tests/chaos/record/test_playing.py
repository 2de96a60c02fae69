"""A record played again: what was to be seen at any moment of it."""

from dataclasses import replace

import pytest

from chaos.record import Playing
from loadgen.samples import Sample
from tests.chaos.report.releases import BACK_AT, RELEASED_AT, rolled_back


def test_before_the_release_the_rollout_is_at_rest_on_the_old_version() -> None:
    view = Playing.of(rolled_back()).view(RELEASED_AT - 5)
    assert view is not None
    assert (view.phase, view.stable_version, view.current_version) == ("Healthy", "v3", "v3")
    assert (view.canary_weight, view.measurements, view.release, view.unmeasured) == (0, (), None, False)


def test_a_view_holds_until_the_next_one() -> None:
    playing = Playing.of(rolled_back())
    times = (0.3, 1.6, 8.69, 8.7, BACK_AT, 1000)
    views = [playing.view(RELEASED_AT + t) for t in times]
    assert [view.canary_weight for view in views if view is not None] == [0, 30, 30, 50, 0, 0]


def test_a_record_without_views_has_nothing_to_show() -> None:
    assert Playing.of(replace(rolled_back(), views=())).view(RELEASED_AT) is None


def test_tiles_are_the_visitors_samples_in_order_and_none_twice() -> None:
    playing = Playing.of(rolled_back())
    given, at = [], -1
    for t in (0.0, 0.0, 0.01, 5.0, 5.0):
        at = playing.tile(RELEASED_AT + t, at)
        given.append(at)
    assert given == sorted(set(given))
    times = [playing.tiles[number].t - RELEASED_AT for number in given]
    assert times == pytest.approx([0, 0, 0, 5, 5], abs=0.2)


def test_when_it_is_over_the_last_seconds_go_on() -> None:
    playing = Playing.of(rolled_back())
    end, at, given = RELEASED_AT + 1000, -1, []
    for _ in range(300):
        at = playing.tile(end, at)
        given.append(at)
    assert min(given) == len(playing.tiles) - len(set(given))
    assert all(playing.tiles[number].t >= playing.tiles[-1].t - 3 for number in given)


def test_a_record_without_visitors_has_no_tile() -> None:
    with pytest.raises(ValueError, match="no request of a visitor"):
        Playing.of(replace(rolled_back(), samples=())).tile(RELEASED_AT, -1)


def sample(t: float, version: str | None, ms: float = 10, *, ok: bool = True) -> Sample:
    return Sample(t=RELEASED_AT + t, ms=ms, kind="tile", ok=ok, status=200, user="u", smiley=version)


def test_visitors_are_counted_by_second_and_drawn_by_version() -> None:
    samples = [sample(1.1, "v3"), sample(1.2, "v4", 30, ok=False), sample(1.3, "v4", 700), sample(1.4, None, ok=False)]
    record = replace(rolled_back(), samples=(*samples, sample(2.5, "v3")))
    seconds = {second["t"] - RELEASED_AT: second for second in Playing.of(record).to_json(RELEASED_AT + 10)["visitors"]}
    assert seconds[1] == {
        "t": RELEASED_AT + 1,
        "all": 4,
        "failed": 2,
        "slow": 1,
        "stable": [1, 1.0, 10],
        "canary": [2, 0.5, 700],
    }
    assert seconds[2] == {"t": RELEASED_AT + 2, "all": 1, "failed": 0, "slow": 0, "stable": [2, 1.0, 10]}
    assert "stable" not in seconds[3]


def test_nothing_is_told_before_it_happened() -> None:
    told = Playing.of(rolled_back()).to_json(RELEASED_AT + 3.5)
    assert told["now"] == RELEASED_AT + 3.5
    assert max(second["t"] for second in told["visitors"]) == RELEASED_AT + 2
