import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.doctor.checks.certificates import check
from platforms.doctor.measured import Certificate
from seam.doctor import Finding, Result

DAY = 24 * 3600.0
NOW = 1_000_000_000.0
NEXT = "Renew it."


def of(left: float, lifetime: float = 365 * DAY, whose: str = "the issuer") -> Certificate:
    return Certificate(whose, NOW + left - lifetime, NOW + left)


def test_one_that_lasts_is_well() -> None:
    found = check([of(300 * DAY), of(90 * DAY, whose="the anchor")], NOW, NEXT)
    assert found == Finding(Result.OK, "the issuer, the anchor: valid, for 90 days at least")


@pytest.mark.parametrize(
    ("left", "lifetime", "result"),
    [
        (61 * DAY, 365 * DAY, Result.OK),
        (60 * DAY, 365 * DAY, Result.WARNING),
        (25 * 3600.0, 2 * DAY, Result.OK),
        (7 * 3600.0, 2 * DAY, Result.WARNING),
        (0.0, 365 * DAY, Result.FAILED),
        (-1.0, 365 * DAY, Result.FAILED),
    ],
)
def test_one_is_warned_of_in_the_last_sixth_of_its_life(left: float, lifetime: float, result: Result) -> None:
    assert check([of(left, lifetime)], NOW, NEXT).result is result


def test_one_that_has_expired_comes_before_one_that_will() -> None:
    found = check([of(20 * DAY), of(-3 * DAY, whose="the anchor")], NOW, NEXT)
    assert found == Finding(Result.FAILED, "the anchor has expired 3 days ago", NEXT)


def test_one_that_is_not_valid_yet_is_a_matter_of_clocks() -> None:
    found = check([Certificate("the issuer", NOW + 90, NOW + DAY)], NOW, NEXT)
    assert found.saw == "the issuer is valid only in 2 min"
    assert "clocks" in found.next


def test_what_could_not_be_read_is_not_said_to_be_valid() -> None:
    found = check([of(300 * DAY)], NOW, NEXT, "jane may not get secrets")
    assert (found.result, found.saw.endswith("; not looked at: jane may not get secrets")) == (Result.WARNING, True)
    with pytest.raises(NotSeen, match="jane may not get secrets"):
        check([], NOW, NEXT, "jane may not get secrets")
    with pytest.raises(NotThere):
        check([], NOW, NEXT)
