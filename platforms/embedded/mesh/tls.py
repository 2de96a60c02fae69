"""Mutual TLS between the sides: certificates by SDS, so that a new one is taken without a connection being cut."""

from typing import Any

from platforms.embedded.mesh import naming, xds
from platforms.embedded.mesh.values import Caller, SetKey
from platforms.embedded.mesh.xds import TYPE

_TLS = TYPE + "extensions.transport_sockets.tls.v3."


def server(own: Caller, authority: str, directory: str) -> dict[str, Any]:
    """The inbound side: nobody without a certificate of the run's own CA gets in. `authority` is that CA, as PEM."""
    context = {
        "@type": _TLS + "DownstreamTlsContext",
        "require_client_certificate": True,
        "common_tls_context": _common(own, {"trusted_ca": {"inline_string": authority}}, directory),
    }
    return {"name": "tls", "typed_config": context}


def client(caller: Caller, callee: SetKey, authority: str, directory: str) -> dict[str, Any]:
    """The outbound side: it shows the caller's certificate, and asks for the callee's name in the other one."""
    name = {"san_type": "DNS", "matcher": {"exact": callee.identity}}
    trusted = {"trusted_ca": {"inline_string": authority}, "match_typed_subject_alt_names": [name]}
    context = {
        "@type": _TLS + "UpstreamTlsContext",
        "sni": callee.identity,
        "common_tls_context": _common(caller, trusted, directory),
    }
    return {"name": "tls", "typed_config": context}


def secret(own: Caller, chain: str, private_key: str) -> dict[str, Any]:
    """A certificate and its key, both PEM."""
    certificate = {"certificate_chain": {"inline_string": chain}, "private_key": {"inline_string": private_key}}
    return {"@type": _TLS + "Secret", "name": own.name, "tls_certificate": certificate}


def _common(own: Caller, trusted: dict[str, Any], directory: str) -> dict[str, Any]:
    path = f"{directory}/{naming.file_of('secret', own)}"
    return {
        "alpn_protocols": ["h2"],
        "tls_certificate_sds_secret_configs": [{"name": own.name, "sds_config": xds.file(path)}],
        "validation_context": trusted,
    }
