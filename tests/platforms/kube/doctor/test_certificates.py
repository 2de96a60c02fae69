"""The certificates that were found are real ones, made for the test."""

import asyncio
import base64
import datetime as dt
import ssl
from pathlib import Path

import pytest
import yaml

from platforms.bare.pki import Authority, Identity
from platforms.doctor.checking import Look, NotThere
from platforms.doctor.measured import Certificate, Certificates
from platforms.kube.client import Cluster
from platforms.kube.doctor import certificates
from platforms.kube.doctor.checks.certificates import check_access, check_trust
from platforms.kube.kubeconfig import Kubeconfig
from seam.doctor import Finding, Result
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.doctor.seeing import seen

NOW = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)
YEAR_S = 365 * 24 * 3600.0
ROOTS = "/api/v1/namespaces/linkerd/configmaps/linkerd-identity-trust-roots"
ISSUER = "/api/v1/namespaces/linkerd/secrets/linkerd-identity-issuer"


@pytest.fixture
def pem(tmp_path: Path) -> str:
    """That of an authority, which is valid for a year."""
    Authority(tmp_path, NOW)
    return (tmp_path / "ca.crt").read_text()


async def test_what_linkerd_trusts_and_signs_with_is_read_from_its_namespace(
    api: FakeApi, cluster: Cluster, pem: str
) -> None:
    api.put(ROOTS, {"data": {"ca-bundle.crt": pem + pem}})
    api.put(ISSUER, {"data": {"crt.pem": base64.b64encode(pem.encode()).decode()}})
    read = await certificates.of_trust(cluster, "linkerd")
    assert [one.whose for one in read.found] == ["the trust anchor", "the trust anchor", "the issuer"]
    assert read.hidden == ""
    assert read.found[0].ends == NOW.timestamp() + YEAR_S


async def test_secrets_that_may_not_be_read_are_said_to_be_unseen(api: FakeApi, cluster: Cluster, pem: str) -> None:
    api.put(ROOTS, {"data": {"ca-bundle.crt": pem}})
    api.answer = lambda request: status(403, "no") if "/secrets/" in request.path else None
    read = await certificates.of_trust(cluster, "linkerd")
    found = check_trust(seen(trust=Look(read), now=NOW.timestamp()))
    assert (found.result, found.saw) == (
        Result.WARNING,
        "the trust anchor: valid, for 365 days at least; not looked at: The cluster refused: no",
    )


async def test_without_linkerd_there_is_nothing_to_trust(cluster: Cluster) -> None:
    with pytest.raises(NotThere, match="Linkerd is not installed"):
        await certificates.of_trust(cluster, "")


async def test_one_who_has_neither_a_certificate_nor_tls_has_none_that_ends(cluster: Cluster) -> None:
    with pytest.raises(NotThere, match="nobody proves by a certificate"):
        await certificates.of_access(cluster)


async def test_the_users_own_and_the_one_that_the_api_server_shows_are_read(tmp_path: Path) -> None:
    authority = Authority(tmp_path, NOW)
    for identity in (Identity("server", "kube-apiserver", addresses=("127.0.0.1",)), Identity("user", "jane")):
        authority.issue(identity)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=shown) as server:
        port = server.sockets[0].getsockname()[1]
        user = {"client-certificate": str(tmp_path / "user.crt"), "client-key": str(tmp_path / "user.key")}
        config = {
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": f"https://127.0.0.1:{port}"}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "jane"}}],
            "users": [{"name": "jane", "user": user}],
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
        async with await Cluster.connect(Kubeconfig(str(tmp_path / "kubeconfig"))) as cluster:
            read = await certificates.of_access(cluster)
    assert [(one.whose, one.ends) for one in read.found] == [
        ("that of your kubeconfig", NOW.timestamp() + YEAR_S),
        ("the API server's", NOW.timestamp() + YEAR_S),
    ]


def test_of_a_chain_only_the_first_is_the_users(tmp_path: Path, pem: str) -> None:
    Authority(tmp_path, NOW, "other").issue(Identity("user", "jane"))
    chain = (tmp_path / "user.crt").read_bytes() + pem.encode()
    assert [one.whose for one in certificates._read(chain, "jane's")] == ["jane's"]


@pytest.mark.parametrize(("check", "next_step"), [(check_access, "Renew it, and"), (check_trust, "Renew it before")])
def test_one_that_ends_is_told_with_what_to_do(check: object, next_step: str) -> None:
    ends = Look(Certificates([Certificate("the issuer", NOW.timestamp() - 100, NOW.timestamp() - 60)]))
    found = check(seen(access=ends, trust=ends, now=NOW.timestamp()))  # type: ignore[operator]
    assert isinstance(found, Finding)
    assert (found.result, found.saw) == (Result.FAILED, "the issuer has expired 1 min ago")
    assert found.next.startswith(next_step)
