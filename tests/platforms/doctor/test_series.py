import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.series import check
from platforms.doctor.measured import SeriesSeen
from seam.doctor import Finding, Result


def test_every_series_that_is_asked_for_is_there() -> None:
    assert check(SeriesSeen(4)) == Finding(Result.OK, "all 4 that the AnalysisTemplates ask for are there")


def test_those_that_are_not_are_named_with_who_asks_for_them() -> None:
    missing = [("success-rate", "rate", "request_total"), ("latency", "p99", "request_total")]
    found = check(SeriesSeen(4, missing))
    assert found.result is Result.WARNING
    assert (
        found.saw
        == "Prometheus lacks request_total, of 4 series; metric rate of AnalysisTemplate success-rate asks for it"
    )
    assert "`faces load`" in found.next


def test_a_query_that_is_none_is_a_failure() -> None:
    found = check(SeriesSeen(0, problem="AnalysisTemplate a: the query of metric b is no PromQL: oops."))
    assert (found.result, found.saw) == (Result.FAILED, "AnalysisTemplate a: the query of metric b is no PromQL: oops")


def test_where_nothing_is_asked_nothing_is_missed() -> None:
    with pytest.raises(NotThere):
        check(SeriesSeen(0))
