import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ClientVerifier, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from platforms.bare.components import IDENTITIES
from platforms.bare.pki import Authority, Identity, write_key_pair
from tests.platforms.bare.handshake import shake_hands

NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
ANYONE = Identity("anyone", "jane", ("readers", "writers"))
SERVER = Identity("server", "web", (), ("web.example", "10.0.0.1"))
EVERYBODY = pytest.mark.parametrize("identity", [*IDENTITIES, ANYONE, SERVER], ids=lambda identity: identity.file)
SERVERS = [identity for identity in IDENTITIES if identity.addresses]


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    folder = tmp_path / "pki"
    folder.mkdir()
    authority = Authority(folder, NOW)
    for identity in (*IDENTITIES, ANYONE, SERVER):
        authority.issue(identity)
    write_key_pair(folder, "service-account")
    return folder


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def key(folder: Path, name: str) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded


def policy(folder: Path, when: dt.datetime = NOW) -> PolicyBuilder:
    return PolicyBuilder().store(Store([certificate(folder, "ca")])).time(when)


def clients(folder: Path, when: dt.datetime = NOW) -> ClientVerifier:
    """As Kubernetes checks a client: strictly, but the name is in the subject, and alternatives are not asked for."""
    own = ExtensionPolicy.permit_all()
    by_the_book = ExtensionPolicy.webpki_defaults_ca()
    return policy(folder, when).extension_policies(ca_policy=by_the_book, ee_policy=own).build_client_verifier()


@EVERYBODY
def test_every_certificate_verifies_against_the_authority(pki: Path, identity: Identity) -> None:
    chain = clients(pki).verify(certificate(pki, identity.file), []).chain
    assert chain == [certificate(pki, identity.file), certificate(pki, "ca")]


@EVERYBODY
def test_user_and_groups_are_where_kubernetes_reads_them(pki: Path, identity: Identity) -> None:
    subject = certificate(pki, identity.file).subject
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [identity.user]
    groups = tuple(name.value for name in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    assert groups == identity.groups


@pytest.mark.parametrize("identity", [*SERVERS, SERVER], ids=lambda identity: identity.file)
def test_a_server_is_known_by_each_of_its_addresses_and_by_no_other(pki: Path, identity: Identity) -> None:
    for address in identity.addresses:
        verifier = policy(pki).build_server_verifier(subject(address))
        verifier.verify(certificate(pki, identity.file), [])
    for stranger in ("kubernetes.example", "192.0.2.1"):
        with pytest.raises(VerificationError, match="subject"):
            policy(pki).build_server_verifier(subject(stranger)).verify(certificate(pki, identity.file), [])


def subject(address: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def test_who_has_no_address_is_no_server(pki: Path) -> None:
    asked = policy(pki).build_server_verifier(x509.DNSName("jane"))
    with pytest.raises(VerificationError):
        asked.verify(certificate(pki, "anyone"), [])
    purposes = certificate(pki, "anyone").extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        (NOW - dt.timedelta(seconds=50), True),  # a clock that was set back a little
        (NOW - dt.timedelta(seconds=70), False),
        (NOW + YEAR - dt.timedelta(seconds=1), True),
        (NOW + YEAR + dt.timedelta(seconds=1), False),
    ],
)
def test_a_certificate_counts_for_a_year(pki: Path, when: dt.datetime, *, counts: bool) -> None:
    try:
        clients(pki, when).verify(certificate(pki, "anyone"), [])
    except VerificationError:
        assert not counts
    else:
        assert counts


def test_another_authority_of_the_same_name_is_not_believed(pki: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Authority(other, NOW).issue(ANYONE)
    assert certificate(other, "anyone").issuer == certificate(pki, "anyone").issuer
    with pytest.raises(VerificationError):
        clients(pki).verify(certificate(other, "anyone"), [])


def test_only_the_authority_signs_certificates_and_no_other_authority(pki: Path) -> None:
    for file in pki.glob("*.crt"):
        found = certificate(pki, file.stem).extensions
        basic = found.get_extension_for_class(x509.BasicConstraints)
        usage = found.get_extension_for_class(x509.KeyUsage)
        assert basic.critical
        assert usage.critical
        assert (basic.value.ca, usage.value.key_cert_sign) == ((True, True) if file.stem == "ca" else (False, False))
    assert certificate(pki, "ca").extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert not (pki / "ca.key").exists()  # it lives as long as the process that made the cluster


@EVERYBODY
def test_certificate_and_key_belong_together(pki: Path, identity: Identity) -> None:
    assert certificate(pki, identity.file).public_key() == key(pki, identity.file).public_key()


def test_no_two_have_the_same_key_or_number(pki: Path) -> None:
    found = [certificate(pki, file.stem) for file in pki.glob("*.crt")]
    assert len({one.serial_number for one in found}) == len(found)
    assert len({public(one.public_key()) for one in found}) == len(found)


def public(known: object) -> bytes:
    assert isinstance(known, ec.EllipticCurvePublicKey)
    return known.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_only_the_owner_may_read_a_key(pki: Path) -> None:
    keys = list(pki.glob("*.key"))
    assert len(keys) == len(IDENTITIES) + 3
    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}


def test_what_the_service_account_key_signs_its_public_half_checks(pki: Path) -> None:
    signature = key(pki, "service-account").sign(b"a token", ec.ECDSA(hashes.SHA256()))
    checking = serialization.load_pem_public_key((pki / "service-account.pub").read_bytes())
    assert isinstance(checking, ec.EllipticCurvePublicKey)
    checking.verify(signature, b"a token", ec.ECDSA(hashes.SHA256()))


def test_the_strictest_openssl_shakes_hands(tmp_path: Path) -> None:
    """Of its own time: OpenSSL asks the clock."""
    authority = Authority(tmp_path, dt.datetime.now(dt.UTC))
    authority.issue(SERVER)
    authority.issue(ANYONE)
    asking = ssl.create_default_context(cafile=tmp_path / "ca.crt")
    answering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tmp_path / "ca.crt")
    answering.verify_mode = ssl.CERT_REQUIRED
    for context, identity in ((asking, ANYONE), (answering, SERVER)):
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_cert_chain(tmp_path / f"{identity.file}.crt", tmp_path / f"{identity.file}.key")
    known = shake_hands(asking, answering, "10.0.0.1")
    assert known["subject"][-1] == (("commonName", "jane"),)


def test_an_authority_has_a_name_and_a_file_of_its_own(pki: Path) -> None:
    Authority(pki, NOW, "etcd-ca").issue(Identity("etcd", "etcd", (), ("127.0.0.1",)))
    assert certificate(pki, "etcd").issuer == certificate(pki, "etcd-ca").subject != certificate(pki, "ca").subject
    with pytest.raises(VerificationError):
        clients(pki).verify(certificate(pki, "etcd"), [])
