from platforms.doctor.checking import Look
from platforms.doctor.checks.prometheus import check
from platforms.doctor.measured import Measured, nothing_measured
from seam.doctor import Finding, Result


def test_one_that_answers_is_well() -> None:
    empty = nothing_measured("monitoring/svc/prometheus:9090", "nobody has looked")
    answering = Measured(empty.where, Look("3.13.2"), *(Look(hidden="x"),) * 3, *(Look(hidden="x"),) * 3)
    assert check(answering) == Finding(Result.OK, "monitoring/svc/prometheus:9090 answers, version 3.13.2")


def test_one_that_does_not_is_a_failure_and_no_gap() -> None:
    found = check(nothing_measured("there", "Prometheus at there does not answer"))
    assert (found.result, found.saw) == (Result.FAILED, "Prometheus at there does not answer")
    assert found.next
