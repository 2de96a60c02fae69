"""The real controller on this machine's loopback: etcd, an API server, and Argo Rollouts.

It needs no node, no container and no root: Argo Rollouts decides from objects alone, and ours pretend to be pods.
Loopback is shared with the other users of this machine, so etcd asks for a certificate and the API for a token.
"""

import asyncio
import contextlib
import ctypes
import datetime as dt
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import yaml

from platforms.bare.components import ETCD_IDENTITIES, etcd_client_flags, etcd_flags
from platforms.bare.pki import Authority, write_key_pair
from platforms.install import toolbox
from platforms.kube.client import Cluster
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.refusals import Refused
from seam.errors import PlatformFailed

Say = Callable[[str], None]

_NEEDED = ("kubernetes", "etcd", "argo-rollouts")
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_READY_LIMIT_S = 60.0
# A new kind is served only a moment after its CRD was created.
_PATIENCE_S = 15.0
_PR_SET_PDEATHSIG = 1

# The objects into which Argo Rollouts writes weights. Traefik itself is not needed.
_TRAEFIK_SERVICE = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "traefikservices.traefik.io"},
    "spec": {
        "group": "traefik.io",
        "scope": "Namespaced",
        "names": {"kind": "TraefikService", "plural": "traefikservices", "singular": "traefikservice"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@contextlib.asynccontextmanager
async def control_plane(folder: Path, say: Say) -> AsyncIterator[Cluster]:
    """Running for as long as the context lasts; files and logs go into `folder`, which is private to this user."""
    tools = toolbox.build(say, [tool for tool in toolbox.TOOLS if tool.folder in _NEEDED])
    etcd, peer, api, metrics, health = _free_ports(5)
    write_key_pair(folder, "service-account")
    authority = Authority(folder, dt.datetime.now(dt.UTC), "etcd-ca")
    for identity in ETCD_IDENTITIES:
        authority.issue(identity)
    token, kubeconfig = secrets.token_hex(16), folder / "kubeconfig"
    for file in (kubeconfig, folder / "tokens.csv"):
        file.touch(mode=0o600)
    (folder / "tokens.csv").write_text(f'{token},conformance,conformance,"system:masters"\n')
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig(api, token)))
    etcd_address = f"https://127.0.0.1:{etcd}"
    with _Programs(folder) as programs:
        programs.start(
            str(tools["etcd"]),
            f"--data-dir={folder / 'etcd'}",
            *etcd_flags(folder, etcd_address, f"https://127.0.0.1:{peer}"),
            "--unsafe-no-fsync",
            "--log-level=warn",
        )
        programs.start(
            str(tools["kube-apiserver"]),
            *etcd_client_flags(folder, etcd_address),
            "--bind-address=127.0.0.1",
            f"--secure-port={api}",
            f"--cert-dir={folder / 'certificates'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--anonymous-auth=false",
            "--authorization-mode=AlwaysAllow",
            "--disable-admission-plugins=ServiceAccount",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder / 'service-account.pub'}",
            f"--service-account-signing-key-file={folder / 'service-account.key'}",
        )
        cluster = await Cluster.connect(Kubeconfig(str(kubeconfig)))
        try:
            await _until_ready(cluster, programs)
            cluster.patience_s = _PATIENCE_S
            manifests = tools.modules["argo-rollouts"] / "manifests" / "crds"
            crds = [yaml.load(file.read_text(), yaml.CSafeLoader) for file in sorted(manifests.glob("*-crd.yaml"))]
            await _install(cluster, [*crds, _TRAEFIK_SERVICE])
            programs.start(
                str(tools["rollouts-controller"]),
                f"--kubeconfig={kubeconfig}",
                "--leader-elect=false",
                # On all addresses, whatever one asks for; both can only be read.
                f"--metricsPort={metrics}",
                f"--healthzPort={health}",
                # The client's own limit of requests per second must not delay a decision.
                "--qps=1000",
                "--burst=2000",
            )
            yield cluster
            programs.check()
        finally:
            await cluster.close()


class _Programs:
    """Started in order and ended in reverse order. They also end when this process does, for whatever reason."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._running = folder, dict[str, subprocess.Popen[bytes]]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running.values()):
            process.kill()
            process.wait()

    def start(self, *command: str) -> None:
        name = Path(command[0]).name
        with (self._folder / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - but one system call
            )

    def check(self) -> None:
        """Raise PlatformFailed if one of them has exited."""
        for name, process in self._running.items():
            if process.poll() is not None:
                said = (self._folder / f"{name}.log").read_text(errors="replace").strip()[-600:]
                raise PlatformFailed(f"{name} exited: {said}")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _kubeconfig(port: int, token: str) -> dict[str, Any]:
    server = {
        "server": f"https://127.0.0.1:{port}",
        "insecure-skip-tls-verify": True,
    }  # it signs its certificate itself
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "conformance", "cluster": server}],
        "users": [{"name": "conformance", "user": {"token": token}}],
        "contexts": [{"name": "conformance", "context": {"cluster": "conformance", "user": "conformance"}}],
        "current-context": "conformance",
    }


async def _until_ready(cluster: Cluster, programs: _Programs) -> None:
    deadline = time.monotonic() + _READY_LIMIT_S
    while True:
        programs.check()
        try:
            await cluster.page("/readyz")
        except (PlatformFailed, Refused):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def _install(cluster: Cluster, crds: list[dict[str, Any]]) -> None:
    """Create them, and return when the API serves them."""
    for crd in crds:
        await cluster.create(_CRDS, crd)
    deadline = time.monotonic() + _READY_LIMIT_S
    for crd in crds:
        while not _established(await cluster.get(f"{_CRDS}/{crd['metadata']['name']}")):
            if time.monotonic() > deadline:
                raise PlatformFailed(f"{crd['metadata']['name']} was not served in {_READY_LIMIT_S:.0f} s.")
            await asyncio.sleep(0.1)


def _established(crd: Any) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
