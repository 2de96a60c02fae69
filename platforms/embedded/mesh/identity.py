"""Who a replica can prove to be: the run's own certificate authority, and the certificates that it issues.

The authority's key is in memory only. A certificate holds the name that Linkerd would give it, and is issued anew
before it is out of date; one that is bad on purpose stays bad. Keys are P-256, as Linkerd's.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from platforms.embedded.mesh.values import Caller, identity

LIFETIME_S = 24 * 3600.0
# As Linkerd: a clock may be a little behind.
_SKEW_S = 20.0
_AUTHORITY_LIFETIME_S = 365 * 24 * 3600.0
_EXPIRED_S = 3600.0
_RENEWED_AFTER = 0.7


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM, and when it ends, in seconds since the epoch. `renew_at` None: never, because it is bad on purpose."""

    chain: str
    private_key: str
    expires_at: float
    renew_at: float | None


class Authority:
    """One certificate authority. Times are seconds since the epoch."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, lifetime_s: float) -> None:
        self._key, self._certificate, self._lifetime_s = key, certificate, lifetime_s

    @classmethod
    def create(cls, now: float, lifetime_s: float = LIFETIME_S) -> Self:
        """`lifetime_s` is that of the certificates it issues."""
        key = _new_key()
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "identity.linkerd.cluster.local")])
        builder = _builder(now - _EXPIRED_S * 2, now + _AUTHORITY_LIFETIME_S).subject_name(name).issuer_name(name)
        builder = builder.public_key(key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()), lifetime_s)

    @property
    def pem(self) -> str:
        """The certificate that everybody in the run trusts."""
        return _pem(self._certificate)

    def issue(self, whose: Caller, now: float) -> Certificate:
        """A certificate of its kind, which is one of annotations.IDENTITIES."""
        kind = whose.certificate
        if kind == "other-ca":
            return _bad(Authority.create(now)._issued(whose.identity, now, now + self._lifetime_s))  # noqa: SLF001
        if kind == "wrong-name":
            return _bad(self._issued(identity("impostor", whose.namespace), now, now + self._lifetime_s))
        if kind == "expired":
            return _bad(self._issued(whose.identity, now - _EXPIRED_S, now - 2 * _SKEW_S))
        return self._issued(whose.identity, now, now + self._lifetime_s)

    def _issued(self, name: str, now: float, ends: float) -> Certificate:
        private = _new_key()
        builder = _builder(now - _SKEW_S, ends + _SKEW_S).subject_name(x509.Name([]))
        builder = builder.issuer_name(self._certificate.subject).public_key(private.public_key())
        # Critical, because there is no subject.
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        signed = builder.sign(self._key, hashes.SHA256())
        secret = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Certificate(_pem(signed), secret.decode(), ends + _SKEW_S, now + (ends - now) * _RENEWED_AFTER)


def _bad(certificate: Certificate) -> Certificate:
    return replace(certificate, renew_at=None)


def _builder(begins: float, ends: float) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.fromtimestamp(begins, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(ends, dt.UTC))
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
