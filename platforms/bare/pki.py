"""The cluster's certificates: one for each component, signed by one of two authorities.

Kubernetes reads the user from a certificate's common name and the groups from its organisations. etcd has an authority
of its own: it lets in whoever has a certificate, so none of Kubernetes' users may have one that it accepts.
https://kubernetes.io/docs/setup/best-practices/certificates/
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a certificate names. One with `addresses` (names and IPs) is a server's certificate as well."""

    file: str
    user: str
    groups: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Authority:
    """A certificate authority whose certificate is `name`.crt. Its key is never written: it lives in this object."""

    def __init__(self, folder: Path, now: dt.datetime, name: str = "ca") -> None:
        self._folder, self._now = folder, now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"faces-{name}", ())
        built = _builder(self._name, self._name, self._key.public_key(), now)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        built = built.add_extension(_usage(signs_certificates=True), critical=True)
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        built = built.add_extension(self._identifier, critical=False)
        certificate = built.sign(self._key, hashes.SHA256())
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, identity: Identity) -> None:
        """Write FILE.crt and FILE.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(identity.user, identity.groups)
        built = _builder(subject, self._name, key.public_key(), self._now)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        built = built.add_extension(_usage(signs_certificates=False), critical=True)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier)
        built = built.add_extension(issuer, critical=False)
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if identity.addresses:
            purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
            names = x509.SubjectAlternativeName([_alternative(address) for address in identity.addresses])
            built = built.add_extension(names, critical=False)
        built = built.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        certificate = built.sign(self._key, hashes.SHA256())
        (self._folder / f"{identity.file}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        write_key(self._folder / f"{identity.file}.key", key)


def write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def write_key_pair(folder: Path, name: str) -> None:
    """Write NAME.key and NAME.pub, with which tokens of ServiceAccounts are signed and checked."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_key(folder / f"{name}.key", key)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pub").write_bytes(public)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime
) -> x509.CertificateBuilder:
    # Valid from a minute ago, in case the clock is set back while the cluster starts.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + _LIFE)
    )


def _name(user: str, groups: Iterable[str]) -> x509.Name:
    organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _alternative(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
