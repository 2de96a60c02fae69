import pytest

from platforms.doctor.checking import (
    Check,
    Look,
    NotSeen,
    NotThere,
    examine,
    failed,
    listed,
    ok,
    some,
    together,
    warning,
)
from seam.doctor import Diagnosis, Finding, Result


def look_of(found: str | None = None, **why: str) -> Look[str]:
    return Look(found, **why)


def reading(look: Look[str]) -> Finding:
    return ok(look.value())


def of(look: Look[str]) -> Finding:
    (found,) = examine([Check("one", "Cluster", reading)], look)
    return found.finding


def test_what_is_there_is_decided_on_even_if_it_is_empty() -> None:
    assert examine([Check("one", "Cluster", reading)], Look("there")) == [
        Diagnosis("one", "Cluster", Finding(Result.OK, "there"))
    ]
    assert of(Look("")) == Finding(Result.OK, "")


def test_a_check_whose_subject_is_not_there_is_skipped_and_says_why() -> None:
    assert of(Look(absent="there is no mesh")) == Finding(Result.SKIPPED, "there is no mesh")
    with pytest.raises(NotThere):
        look_of(absent="there is no mesh").value()


@pytest.mark.parametrize(
    ("look", "why"), [(look_of(hidden="jane may not"), "jane may not"), (look_of(), "nobody has looked")]
)
def test_what_could_not_be_looked_at_is_a_warning_and_never_ok(look: Look[str], why: str) -> None:
    assert of(look) == Finding(Result.WARNING, f"not looked at: {why}")
    with pytest.raises(NotSeen):
        look.value()


def test_an_object_that_nobody_has_foreseen_does_not_take_the_other_checks_with_it() -> None:
    def strange(_: object) -> Finding:
        return ok({}["spec"])  # type: ignore[misc]

    broken, well = examine([Check("broken", "A", strange), Check("well", "A", lambda _: ok("fine"))], None)
    assert broken.finding == Finding(Result.WARNING, "not looked at: an object has an unknown shape (KeyError('spec'))")
    assert well.result is Result.OK


def test_of_many_findings_the_worst_is_told() -> None:
    well, odd, bad = ok("well"), warning("odd", "look"), failed("bad", "mend it")
    assert together([well, well], "all well") == Finding(Result.OK, "all well")
    assert together([], "all well").result is Result.OK
    assert together([well, odd], "all well") == odd
    assert together([odd, bad, well], "all well") == bad
    assert together([bad, failed("worse", ""), odd], "") == Finding(
        Result.FAILED, "bad (and 1 more like it)", "mend it"
    )


def test_many_names_are_a_few_and_a_number() -> None:
    assert (listed("abc"), listed("abcde"), listed([])) == ("a, b, c", "a, b, c and 2 more", "")
    assert (some(1, "pod"), some(0, "pod"), some(3, "pod")) == ("1 pod", "0 pods", "3 pods")
