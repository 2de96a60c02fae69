"""Certificates, read back by another implementation: the machine's own TLS."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from platforms.embedded.mesh.identity import LIFETIME_S, Authority, Certificate
from platforms.embedded.mesh.values import Caller

NOW = 1_800_000_000.0
SMILEY = Caller("faces", "smiley")
NAME = "smiley.faces.serviceaccount.identity.linkerd.cluster.local"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create(NOW)


def read(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.chain.encode())


def names(certificate: Certificate) -> list[str]:
    found = read(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return found.value.get_values_for_type(x509.DNSName)


def test_a_certificate_holds_the_workloads_name_and_lasts_a_day(authority: Authority) -> None:
    issued = authority.issue(SMILEY, NOW)
    assert names(issued) == [NAME]
    assert issued.expires_at == NOW + LIFETIME_S + 20
    assert read(issued).not_valid_after_utc == datetime.fromtimestamp(issued.expires_at, UTC)
    assert read(issued).not_valid_before_utc <= datetime.fromtimestamp(NOW, UTC)
    assert issued.renew_at is not None
    assert NOW < issued.renew_at < issued.expires_at


def test_each_certificate_has_a_key_of_its_own(authority: Authority) -> None:
    assert authority.issue(SMILEY, NOW).private_key != authority.issue(SMILEY, NOW).private_key


@pytest.mark.parametrize(
    ("kind", "trusted", "name", "valid"),
    [
        ("good", True, NAME, True),
        ("expired", True, NAME, False),
        ("other-ca", False, NAME, True),
        ("wrong-name", True, "impostor.faces.serviceaccount.identity.linkerd.cluster.local", True),
    ],
)
def test_a_bad_one_is_bad_in_one_way_and_stays_so(
    authority: Authority,
    kind: str,
    trusted: bool,  # noqa: FBT001
    name: str,
    valid: bool,  # noqa: FBT001
) -> None:
    issued = authority.issue(replace(SMILEY, certificate=kind), NOW)
    own = x509.load_pem_x509_certificate(authority.pem.encode())
    try:
        read(issued).verify_directly_issued_by(own)
        signed = True
    except Exception:  # noqa: BLE001 - it has several
        signed = False
    assert signed is trusted
    assert names(issued) == [name]
    assert (read(issued).not_valid_after_utc > datetime.fromtimestamp(NOW, UTC)) is valid
    assert (issued.renew_at is None) is (kind != "good")


def test_openssl_takes_the_chain_and_its_key(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue(SMILEY, NOW)
    (tmp_path / "chain.pem").write_text(issued.chain)
    (tmp_path / "key.pem").write_text(issued.private_key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.pem)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
