import pytest

from platforms.doctor.checking import Look, NotSeen
from platforms.doctor.checks.clocks import check
from platforms.doctor.measured import Clock
from seam.doctor import Result

NOW = 1000.0


def clock(ahead: float, whose: str = "Prometheus") -> Look[Clock]:
    return Look(Clock(whose, NOW, NOW, NOW + ahead, NOW + ahead))


@pytest.mark.parametrize(
    ("ahead", "result"),
    [
        (0.0, Result.OK),
        (1.9, Result.OK),
        (-1.9, Result.OK),
        (2.1, Result.WARNING),
        (-19.0, Result.WARNING),
        (20.5, Result.FAILED),
        (-3600.0, Result.FAILED),
    ],
)
def test_clocks_may_differ_by_as_much_as_a_mesh_allows(ahead: float, result: Result) -> None:
    assert check([clock(ahead)]).result is result


def test_it_is_told_whose_and_in_which_direction() -> None:
    found = check([clock(0), clock(-31.5, "the API server")])
    assert found.saw == "the clock of the API server is at least 31.5 s behind this machine's"
    assert "not yet valid" in found.next
    assert "ahead of" in check([clock(31)]).saw


def test_an_answer_that_took_long_says_less_of_a_clock() -> None:
    slow = Clock("Prometheus", NOW, NOW + 30, NOW + 12, NOW + 12)
    assert slow.ahead_s == 0
    assert check([Look(slow)]).result is Result.OK


def test_a_clock_that_could_not_be_read_is_not_said_to_agree() -> None:
    unread: Look[Clock] = Look(hidden="no answer")
    found = check([clock(0), unread])
    assert (found.result, found.saw.endswith("; not looked at: no answer")) == (Result.WARNING, True)
    with pytest.raises(NotSeen, match="no answer"):
        check([unread])


def test_one_that_is_wrong_is_told_whatever_else_could_not_be_read() -> None:
    assert check([clock(40), Look(hidden="no answer")]).result is Result.FAILED
