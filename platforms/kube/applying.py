"""Manifests, rendered as `kubectl apply -k` would render them, and applied to the cluster."""

import asyncio
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from platforms.kube.client import APPLY, JSON_PATCH, Cluster
from platforms.kube.log import log
from platforms.kube.placing import (
    check_owned,
    in_order,
    placed,
    replaced_spec,
    with_live_routing,
    with_token,
)
from platforms.kube.refusals import Refused
from platforms.kube.resources import Object, Resource, served
from seam.documents import documents
from seam.errors import PlatformFailed, UserError

Transform = Callable[[dict[str, Any]], None]
Kinds = Mapping[tuple[str, str], Resource]
# Whose custom resources manifests of ours use, by API group.
_PROVIDERS = {
    "argoproj.io": "Argo Rollouts: https://argo-rollouts.readthedocs.io/en/stable/installation/",
    "gateway.networking.k8s.io": "the Gateway API's CRDs: https://gateway-api.sigs.k8s.io/guides/",
    "policy.linkerd.io": "Linkerd, its CRDs first: https://linkerd.io/2/getting-started/",
    "traefik.io": "Traefik's CRDs: https://doc.traefik.io/traefik/reference/dynamic-configuration/kubernetes-crd/",
}
_RENDER_LIMIT_S = 60
_TRIES = 5


async def render(kubectl: str, folder: str) -> list[dict[str, Any]]:
    """The documents of a kustomization, as `kubectl apply -k` would send them."""
    with tempfile.TemporaryDirectory(prefix="faces-") as scratch:
        rendered = Path(scratch) / "rendered.yaml"
        command = (kubectl, "kustomize", folder, "--output", str(rendered))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise UserError(
                f"kubectl is needed to render {folder}, and {kubectl!r} cannot be run: {error.strerror}."
            ) from error
        try:
            _, errors = await asyncio.wait_for(process.communicate(), _RENDER_LIMIT_S)
        except BaseException as error:
            process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                raise PlatformFailed(f"kubectl has not rendered {folder} in {_RENDER_LIMIT_S} s.") from None
            raise
        if process.returncode:
            raise UserError(f"{folder} cannot be rendered: {_why(errors)}")
        return list(documents(rendered))


async def kinds_of(cluster: Cluster, rendered: Iterable[Object]) -> dict[tuple[str, str], Resource]:
    """Where the cluster serves each kind of the documents.

    UserError for one that it does not serve, or that is cluster-scoped.
    """
    wanted = {(str(one["apiVersion"]), str(one["kind"])) for one in rendered if one["kind"] != "Namespace"}
    known: dict[tuple[str, str], Resource] = {}
    for api_version in sorted({api_version for api_version, _ in wanted}):
        root = "/apis" if "/" in api_version else "/api"
        try:
            answer = await cluster.get(f"{root}/{api_version}")
        except Refused as refused:
            if refused.status != 404:
                raise
            continue
        known |= {(api_version, resource.kind): resource for resource in served(answer)}
    for api_version, kind in sorted(wanted):
        if (api_version, kind) not in known:
            provider = _PROVIDERS.get(api_version.rpartition("/")[0], "what provides it.")
            raise UserError(f"The cluster does not serve {kind} of {api_version}; install {provider}")
        if not known[api_version, kind].namespaced:
            raise UserError(f"{kind} is cluster-scoped, and a run keeps to its namespace; apply it yourself.")
    return {key: known[key] for key in wanted}


async def apply(cluster: Cluster, rendered: Iterable[dict[str, Any]], kinds: Kinds, run: str) -> list[Object]:
    """Apply the documents in the namespace of the run; returns the Rollouts as they are afterwards."""
    rollouts = []
    for document in in_order(placed(one, run) for one in rendered):
        applied = await _apply_one(cluster, document, kinds[document["apiVersion"], document["kind"]], run)
        if document["kind"] == "Rollout":
            rollouts.append(applied)
    return rollouts


async def _apply_one(cluster: Cluster, document: dict[str, Any], resource: Resource, run: str) -> Object:
    path = resource.path(run, document["metadata"]["name"])
    for tries in range(_TRIES):
        live = await cluster.find(path)
        if live is not None:
            check_owned(live, run)
        try:
            return await _send(cluster, path, document, live)
        except Refused as refused:
            if refused.status != 409:
                raise
            log.info("apply retried", path=path, tries=tries + 1, error=str(refused))
    kind, name = document["kind"], document["metadata"]["name"]
    raise PlatformFailed(
        f"{kind} {name} was changed by somebody else each of the {_TRIES} times that it was to be applied."
    )


async def _send(cluster: Cluster, path: str, document: dict[str, Any], live: Object | None) -> Object:
    """What is derived from `live` is accepted only while `live` is the newest state; otherwise the answer is 409."""
    if document["kind"] == "Secret":
        document = with_token(document, live, lambda: secrets.token_urlsafe(24))
    if live is not None and document["kind"] == "Rollout":
        return await cluster.patch(path, replaced_spec(document, live), JSON_PATCH, {"fieldValidation": "Strict"})
    if live is not None:
        document = with_live_routing(document, live)
        document["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
    # Forced, because it is the run's own object: what other field managers wrote is in `live`, and was just considered.
    return await cluster.patch(path, document, APPLY, {"force": "true", "fieldValidation": "Strict"})


def _why(errors: bytes) -> str:
    """The last thing that kubectl wrote: `error: ...`, or a log line with err="..."."""
    lines = errors.decode(errors="replace").strip().splitlines()
    last = lines[-1] if lines else "kubectl gave no reason"
    logged = re.search(r' err="(.*)"$', last)
    return (logged[1] if logged else last.removeprefix("error: ")).rstrip(".") + "."
