"""What visitors saw second by second, live: it changes as long as requests are under way."""

import pytest

from chaos.record import Seconds
from loadgen.samples import Sample


def tile(t: float, version: str | None = "v1", ms: float = 10, *, ok: bool = True) -> Sample:
    return Sample(t=t, ms=ms, kind="tile", ok=ok, status=200, user="u", smiley=version)


def test_a_request_counts_in_the_second_in_which_it_was_sent_however_late_it_ends() -> None:
    seen = Seconds("smiley", "v2")
    seen.add([tile(100.2), tile(101.0)])
    assert [one["all"] for one in seen.between(100, 102)] == [1, 1, 0]
    seen.add([tile(100.9, ms=6000, ok=False)])
    first, second, _ = seen.between(100, 102)
    assert (first["all"], first["failed"]) == (2, 1)
    assert first["stable"] == [2, 0.5, 6000]
    assert second["stable"] == [3, pytest.approx(2 / 3), 6000], "the line is of the last five seconds"


def test_whoever_is_the_canary_is_so_in_what_was_seen_before() -> None:
    seen = Seconds()
    seen.add([tile(100.1), tile(100.2, "v2"), tile(100.3, None)])
    (alone,) = seen.between(100, 100)
    assert (alone["stable"][0], "canary" in alone) == (3, False)
    seen.released("smiley", "v2")
    (now,) = seen.between(100, 100)
    assert (now["stable"][0], now["canary"][0]) == (1, 1), "who does not say his version is neither"


def test_what_is_old_is_forgotten() -> None:
    seen = Seconds("smiley", "v2")
    seen.add([tile(100), tile(200)])
    seen.forget(150.5)
    assert [one["all"] for one in seen.between(100, 100)] == [0]
    assert [one["all"] for one in seen.between(200, 200)] == [1]


def test_a_page_that_was_opened_is_a_request_and_no_tile() -> None:
    seen = Seconds("smiley", "v2")
    seen.add([Sample(t=100.5, ms=3, kind="page", ok=True, status=200, user="u")])
    assert seen.between(100, 100) == [{"t": 100, "all": 1, "failed": 0, "slow": 0}]
