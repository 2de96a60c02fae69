from platforms.doctor.checking import Look
from platforms.kube.doctor.checks.api_server import check
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import seen


def test_one_that_answers_and_is_new_enough_is_well() -> None:
    assert check(seen()) == Finding(Result.OK, "Kubernetes v1.35.4 answers at https://127.0.0.1:6443")


def test_one_that_does_not_answer_is_a_failure_and_no_gap() -> None:
    found = check(seen(server=Look(hidden="The cluster at https://127.0.0.1:6443 does not answer: refused.")))
    assert found.result is Result.FAILED
    assert found.saw == "The cluster at https://127.0.0.1:6443 does not answer: refused"


def test_one_that_is_too_old_is_refused() -> None:
    old = {"major": "1", "minor": "28+", "gitVersion": "v1.28.3"}
    found = check(seen(server=Look(old)))
    assert (found.result, found.saw) == (
        Result.FAILED,
        "The cluster runs Kubernetes v1.28.3; 1.29 or newer is needed",
    )
