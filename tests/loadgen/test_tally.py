from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from loadgen.figures import figures
from loadgen.samples import Sample
from loadgen.tally import Tally


def sample(ms: float, error: str | None = None, status: int = 200) -> Sample:
    return Sample(t=0, ms=ms, kind="tile", ok=error is None, status=status, user="visitor-1", error=error)


samples = st.builds(sample, st.floats(0, 2000), st.sampled_from((None, None, "timeout", "HTTP 503")))


def tallied(seen: Sequence[Sample]) -> Tally:
    tally = Tally()
    for one in seen:
        tally.add(one)
    return tally


@given(st.lists(samples))
def test_the_total_is_what_a_report_on_the_same_samples_says(seen: list[Sample]) -> None:
    assert tallied(seen).total() == figures(seen)


@given(st.lists(st.lists(samples)))
def test_each_call_gives_the_figures_of_what_came_since_the_last_one(batches: list[list[Sample]]) -> None:
    tally = Tally()
    for batch in batches:
        for one in batch:
            tally.add(one)
        assert tally.since_last_call() == figures(batch)


def test_slow_is_above_the_limit_that_is_asked_for() -> None:
    tally = Tally(slow_ms=100)
    for ms in (100, 100.1):
        tally.add(sample(ms))
    assert tally.total().slow == 1


def test_an_answer_counts_good_or_bad_and_a_request_without_one_does_not() -> None:
    seen = [sample(1), sample(1, "HTTP 503", 503), sample(1, "smiley: HTTP 500"), sample(1, "timeout", 0)]
    assert tallied(seen).answered == 3


def test_the_most_frequent_reason_comes_first() -> None:
    seen = [sample(1, reason) for reason in ("timeout", "HTTP 503", "HTTP 503", "HTTP 500")]
    assert tallied(seen).errors == (("HTTP 503", 2), ("HTTP 500", 1), ("timeout", 1))
