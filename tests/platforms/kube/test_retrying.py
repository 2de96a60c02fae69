import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube.retrying import REQUEST_BACKOFF_S, retry_after_s, wait_s

NOW = 1767225600.0  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 00:00:30", 30.0),
        ("Wed, 31 Dec 2025 23:59:30 GMT", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("٣", 0.0),
        ("", 0.0),
        (None, 0.0),
    ],
)
def test_a_server_asks_to_wait_for_seconds_or_until_a_date(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(st.text(max_size=40))
def test_whatever_the_header_it_is_some_time_from_now(header: str) -> None:
    assert retry_after_s(header, NOW) >= 0


def test_tries_are_further_and_further_apart_and_never_earlier_than_the_server_asks() -> None:
    waits = [wait_s(REQUEST_BACKOFF_S, tries) for tries in range(8)]
    assert waits == sorted(waits)
    assert waits[-1] == REQUEST_BACKOFF_S[-1]
    assert wait_s(REQUEST_BACKOFF_S, 0, 3.0) == 3.0
    assert wait_s(REQUEST_BACKOFF_S, 4, 1.0) == REQUEST_BACKOFF_S[4]
