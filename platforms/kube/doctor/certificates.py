"""Certificates as they are found: this user's and the API server's, and what Linkerd trusts and signs with."""

import asyncio
import base64
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from platforms.doctor.checking import NotThere
from platforms.doctor.measured import Certificate, Certificates
from platforms.kube.client import Cluster
from platforms.kube.doctor.looking import look_at_one
from platforms.kube.resources import CONFIG_MAPS, SECRETS, Object, Resource

# (kind, name, key, whose) of each, in the namespace of Linkerd's control plane.
_OF_LINKERD: Sequence[tuple[Resource, str, str, str]] = (
    (CONFIG_MAPS, "linkerd-identity-trust-roots", "ca-bundle.crt", "the trust anchor"),
    (SECRETS, "linkerd-identity-issuer", "crt.pem", "the issuer"),
    (SECRETS, "linkerd-identity-issuer", "tls.crt", "the issuer"),
    (SECRETS, "linkerd-proxy-injector-k8s-tls", "tls.crt", "the proxy injector"),
    (SECRETS, "linkerd-policy-validator-k8s-tls", "tls.crt", "the policy validator"),
)


async def of_access(cluster: Cluster) -> Certificates:
    """Raises NotThere where neither the user has one nor the API server speaks TLS."""
    found: list[Certificate] = []
    if cluster.certificate_file:
        found += _read(Path(cluster.certificate_file).read_bytes(), "that of your kubeconfig")
    address = urlsplit(cluster.where)
    if address.scheme == "https":
        served = await _served(address.hostname or "", address.port or 443)
        found.append(_times(served, "the API server's"))
    if not found:
        raise NotThere("nobody proves by a certificate who they are")
    return Certificates(found)


async def of_trust(cluster: Cluster, namespace: str) -> Certificates:
    """Raises NotThere where Linkerd is not installed."""
    if not namespace:
        raise NotThere("Linkerd is not installed")
    looks = await asyncio.gather(*(look_at_one(cluster, kind, namespace, name) for kind, name, *_ in _OF_LINKERD))
    found: list[Certificate] = []
    hidden: dict[str, None] = {}
    for (kind, _, key, whose), seen in zip(_OF_LINKERD, looks, strict=True):
        if seen.found is None:
            hidden[seen.hidden or seen.absent] = None
        else:
            found += [one for item in seen.found for one in _read(_data(item, kind, key), whose)]
    return Certificates(found, "; ".join(hidden))


def _data(item: Object, kind: Resource, key: str) -> bytes:
    text = (item.get("data") or {}).get(key) or ""
    return base64.b64decode(text) if kind == SECRETS else text.encode()


def _read(pem: bytes, whose: str) -> Iterator[Certificate]:
    """Of a chain the first; of a bundle of authorities all. ValueError: it is no PEM."""
    certificates = x509.load_pem_x509_certificates(pem) if pem.strip() else []
    leaf = certificates[:1] if not _is_authority(certificates[:1]) else certificates
    yield from (_times(one, whose) for one in leaf)


def _is_authority(certificates: Sequence[x509.Certificate]) -> bool:
    for one in certificates:
        try:
            return bool(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
        except x509.ExtensionNotFound:
            return False
    return False


def _times(one: x509.Certificate, whose: str) -> Certificate:
    return Certificate(whose, one.not_valid_before_utc.timestamp(), one.not_valid_after_utc.timestamp())


async def _served(host: str, port: int) -> x509.Certificate:
    """Whatever it is: whether one may trust it is the client's to decide, which does so with every request."""
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(host, port, ssl=anything)
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return x509.load_der_x509_certificate(der)
