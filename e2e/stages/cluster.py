"""Scenarios on real Kubernetes: a namespace of its own for each."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.evidence import Evidence, OwnEvidence
from e2e.manifests import Change, Document
from e2e.stage import Crowd, Pace, Stage, visited
from e2e.where import Where
from platforms.kube.platform import ClusterPlatform
from platforms.registry import provider
from seam.provider import Options, StartingRun, StartRequest

# No Secrets: what is kept may be published by a CI.
_KINDS = ("rollouts", "analysisruns", "analysistemplates", "replicasets", "pods", "services", "endpointslices")
_ROUTES = ("traefikservices.traefik.io", "httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io")
_KUBECTL_LIMIT_S = 20.0


Begin = Callable[[str, Options, StartRequest], StartingRun]
"""Starts a run on the platform of that name."""


def by_patches(platform: str, options: Options, request: StartRequest) -> StartingRun:
    """As `faces up` does."""
    return provider(platform).begin(options, request)


@asynccontextmanager
async def start(
    where: Where, crowd: Crowd, change: Change, pace: Pace, evidence: Evidence, begin: Begin = by_patches
) -> AsyncIterator[Stage]:
    """A fresh namespace with the hurried manifests; on its way out afterwards, whatever happened."""

    def transform(document: Document) -> None:
        pace.hurry(document)
        change(document)

    namespace, began = f"e2e-{secrets.token_hex(3)}", time.time()
    access = where.access()
    request = StartRequest(Path(where.manifests), attached=True, transform=transform)
    starting = begin(where.platform, where.options(namespace), request)
    async with await starting.wait_until_ready(lambda _: None) as platform:
        assert isinstance(platform, ClusterPlatform)
        try:
            kubectl = [access.kubectl, *where.kubeconfig_used().options]
            own = _objects_and_logs(kubectl, namespace, began)
            async with visited(platform, crowd, pace, evidence, own) as on:
                yield on
        finally:
            # That nothing is left has a test of its own: the next scenario need not wait for it.
            await platform.down(wait=False)


def _objects_and_logs(kubectl: list[str], namespace: str, began: float) -> OwnEvidence:
    """What `kubectl get` and `kubectl logs` tell of the namespace, and what the Rollouts controller said meanwhile."""

    async def keep(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "logs").mkdir()
        here = [*kubectl, "--namespace", namespace]
        names = (await _said([*here, "get", "pods", "--output", "name"])).split()
        since = f"--since={time.time() - began:.0f}s"
        controller = [*kubectl, "--namespace", "argo-rollouts", "logs", "--prefix", "--tail=-1", since]
        files = {
            **{f"{kind.partition('.')[0]}.yaml": [*here, "get", kind, "--output", "yaml"] for kind in _KINDS + _ROUTES},
            "events.txt": [*here, "get", "events", "--sort-by=.metadata.creationTimestamp"],
            "rollouts-controller.log": [*controller, "--selector=app.kubernetes.io/name=argo-rollouts"],
            **{f"logs/{name.partition('/')[2]}.log": [*here, "logs", name] for name in names},
            **{f"logs/{name.partition('/')[2]}-before.log": [*here, "logs", "--previous", name] for name in names},
        }
        at_a_time = asyncio.Semaphore(4)

        async def one(file: str, command: list[str]) -> None:
            async with at_a_time:
                text = await _said(command)
            if text:
                (folder / file).write_text(text)

        await asyncio.gather(*(one(file, command) for file, command in files.items()))

    return keep


async def _said(command: list[str]) -> str:
    """The output of kubectl; nothing if it has none, as for the last run of a pod that has had but one."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _KUBECTL_LIMIT_S)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return output.decode(errors="replace")
