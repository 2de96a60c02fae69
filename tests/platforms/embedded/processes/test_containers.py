import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.embedded.processes.containers import ContainerHistory, Termination

FAILED = Termination(1, "Error")


@pytest.mark.parametrize(
    ("code", "exit_code", "reason"),
    [
        (0, 0, "Completed"),
        (1, 1, "Error"),
        (255, 255, "Error"),
        (-signal.SIGKILL, 137, "Error"),
        (-signal.SIGTERM, 143, "Error"),
        (-signal.SIGSEGV, 139, "Error"),
    ],
)
def test_an_end_is_told_in_kubernetes_words(code: int, exit_code: int, reason: str) -> None:
    assert Termination.of(code, out_of_memory=False) == Termination(exit_code, reason)


def test_one_that_is_beyond_its_memory_is_told_from_one_that_somebody_killed() -> None:
    assert Termination.of(-signal.SIGKILL, out_of_memory=True) == Termination(137, "OOMKilled")


def test_it_is_restarted_at_once_and_then_later_and_later() -> None:
    history, pauses = ContainerHistory(), []
    for _ in range(9):
        history = history.ended(FAILED, ran_s=1)
        pauses.append(history.pause_s)
    assert pauses == [0, 10, 20, 40, 80, 160, 300, 300, 300]
    assert history.last == FAILED


def test_what_ran_for_ten_minutes_is_forgiven() -> None:
    history = ContainerHistory()
    for _ in range(4):
        history = history.ended(FAILED, ran_s=599)
    assert history.pause_s == 40
    assert history.ended(FAILED, ran_s=600).pause_s == 0


@given(st.lists(st.floats(0, 1e6)))
def test_no_pause_is_longer_than_five_minutes_however_often_it_ends(ran: list[float]) -> None:
    history = ContainerHistory()
    for seconds in ran:
        history = history.ended(FAILED, seconds)
    assert 0 <= history.pause_s <= 300
    assert ContainerHistory(10**6, FAILED).pause_s == 300
