import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.identities import check
from platforms.doctor.measured import Sample
from seam.doctor import Finding, Result

HOUR = 3600.0


def of(*left: float) -> Finding:
    return check([Sample({"pod": f"smiley-{number}"}, seconds) for number, seconds in enumerate(left, 1)])


def test_certificates_of_proxies_that_renew_them_are_well() -> None:
    assert of(24 * HOUR, 7.2 * HOUR) == Finding(Result.OK, "those of 2 pods are valid, for 7.2 h at least")


def test_pods_whose_certificate_has_expired_are_named() -> None:
    found = of(24 * HOUR, -107.0)
    assert (found.result, found.saw) == (Result.FAILED, "the certificates of 1 pod have expired: smiley-2")
    assert "No caller gets a new connection" in found.next


@pytest.mark.parametrize(("left", "words"), [(2 * HOUR, "2.0 h"), (90.0, "2 min"), (12.0, "12 s")])
def test_one_that_was_not_renewed_in_time_is_told_before_it_ends(left: float, words: str) -> None:
    found = of(24 * HOUR, left)
    assert found.result is Result.WARNING
    assert found.saw == f"the certificate of smiley-2 ends in {words} and was not renewed"


def test_a_pod_that_has_none_yet_is_not_one_whose_certificate_has_expired() -> None:
    since_1970 = -1_796_068_662.0
    found = of(24 * HOUR, since_1970)
    assert (found.result, found.saw) == (Result.WARNING, "1 pod without a certificate yet: smiley-2")
    assert of(-107.0, since_1970).saw == "the certificates of 1 pod have expired: smiley-1"


def test_without_a_mesh_there_is_none() -> None:
    with pytest.raises(NotThere):
        of()
