"""manifests/overlays/linkerd on a real API server: what it takes, what it refuses, and what `faces` says is missing.

There is no Linkerd here, and no plugin: what can be had is the Gateway API's CRDs. They belong to the whole cluster, so
nobody else is on it, and they are gone afterwards.
"""

import copy
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.bare.administrator import Administrator
from e2e.manifests import LINKERD, Document
from platforms.install.contents import gateway_api
from platforms.install.toolbox import GATEWAY_API, modules
from platforms.kube.applying import render
from platforms.kube.placing import in_order, namespace_of, placed
from seam.errors import UserError

pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]

# Of these nobody knows here whether the API server would take them: Linkerd's CRDs are in no registry that CI may use.
UNVALIDATED = {"Server", "AuthorizationPolicy", "MeshTLSAuthentication"}
_PROMETHEUS = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy"
CONTROLLER = "system:serviceaccount:argo-rollouts:argo-rollouts"


async def test_what_a_cluster_lacks_is_said_in_one_sentence_before_anything_changes(
    admin: Administrator, tmp_path: Path
) -> None:
    linkerd, name = replace(admin, manifests=LINKERD), f"lacking-{secrets.token_hex(3)}"
    with pytest.raises(
        UserError, match=r"does not serve GRPCRoute of gateway\.networking\.k8s\.io/v1; install the Gatew"
    ):
        await linkerd.run(name)
    with with_gateway_api(admin):
        with pytest.raises(
            UserError, match=r"does not serve AuthorizationPolicy of policy\.linkerd\.io/v1alpha1; install L"
        ):
            await linkerd.run(name)
        plugin = "The manifests route with the plugin argoproj-labs/gatewayAPI, and ConfigMap argo-rollouts-config in "
        with pytest.raises(UserError, match=f"^{plugin}namespace argo-rollouts does not name it"):
            await replace(admin, manifests=_without_policies(tmp_path)).run(name)
    assert name not in admin.kubectl("get", "namespaces", "--output=name")


async def test_the_api_server_takes_every_object_as_it_is_written_and_refuses_a_mistake(admin: Administrator) -> None:
    name = f"validated-{secrets.token_hex(3)}"
    rendered = await render(str(admin.cluster.kubectl), str(LINKERD))
    assert {one["kind"] for one in rendered if one["apiVersion"].startswith("policy.linkerd.io/")} == UNVALIDATED
    documents = in_order(placed(one, name) for one in rendered if one["kind"] not in UNVALIDATED)
    routes = [one for one in documents if one["kind"] in ("HTTPRoute", "GRPCRoute")]
    assert len(routes) == 3
    with with_gateway_api(admin), namespace(admin, name, rendered):
        for document in documents:
            taken = _tried(admin, document)
            if document in routes:  # nothing filled in: whoever compares Git with the cluster sees no difference
                assert taken["spec"] == document["spec"]
        for route in routes:
            with pytest.raises(AssertionError, match="field not declared in schema"):
                _tried(admin, _with_backend(route, wieght=1))
            with pytest.raises(AssertionError, match="should be less than or equal to 1000000"):
                _tried(admin, _with_backend(route, weight=1_000_001))


async def test_the_controller_may_write_the_weights_of_the_three_routes_and_nothing_else(admin: Administrator) -> None:
    name = f"weights-{secrets.token_hex(3)}"
    rendered = await render(str(admin.cluster.kubectl), str(LINKERD))
    wanted = ("Role", "RoleBinding", "HTTPRoute", "GRPCRoute")
    controller = (f"--as={CONTROLLER}", f"--namespace={name}")
    with with_gateway_api(admin), namespace(admin, name, rendered):
        given = yaml.safe_dump_all(placed(one, name) for one in rendered if one["kind"] in wanted)
        admin.kubectl("apply", "--server-side", "--filename=-", given=given)
        for route in ("httproute/face", "httproute/smiley", "grpcroute/color"):
            live = json.loads(admin.kubectl(*controller, "get", route, "--output=json"))
            stable, canary = live["spec"]["rules"][0]["backendRefs"]
            stable["weight"], canary["weight"] = 70, 30
            admin.kubectl(*controller, "replace", "--filename=-", given=json.dumps(live))
            assert [
                one["weight"] for one in admin.get(route, f"--namespace={name}")["spec"]["rules"][0]["backendRefs"]
            ] == [
                70,
                30,
            ]
        for refused in (
            ("get", "httproutes"),
            ("get", "httproute/color"),
            ("get", "grpcroute/smiley"),
            ("delete", "httproute/smiley"),
            ("label", "httproute/smiley", "by=patch"),
        ):
            with pytest.raises(AssertionError, match="Forbidden"):
                admin.kubectl(*controller, *refused)


def test_prometheus_finds_a_meshed_pod_once_and_gives_it_the_labels_by_which_an_analysis_knows_a_canary(
    admin: Administrator,
) -> None:
    """The pod is one of ours with a proxy's names and labels: what is tried is discovery, not what a proxy counts."""
    name = f"meshed-{secrets.token_hex(3)}"
    with namespace(admin, name, []):
        admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(_as_if_meshed(name)))
        deadline, targets = time.monotonic() + 60, list[dict[str, Any]]()
        while not targets:
            assert time.monotonic() < deadline
            time.sleep(0.5)
            asked = admin.kubectl("get", f"--raw={_PROMETHEUS}/api/v1/targets?state=active")
            active = json.loads(asked)["data"]["activeTargets"]
            targets = [one for one in active if one["labels"].get("namespace") == name and one["health"] == "up"]
        (target,) = targets
    assert {label: value for label, value in target["labels"].items() if label != "instance"} == {
        "job": "linkerd-proxy",
        "namespace": name,
        "pod": "smiley",
        "app": "smiley",
        "replicaset": "smiley-5d4f8c7b9",
        "rollouts_pod_template_hash": "5d4f8c7b9",
        "control_plane_ns": "linkerd",
        "workload_ns": name,
    }


@contextmanager
def with_gateway_api(admin: Administrator) -> Iterator[None]:
    """The CRDs of the module that is pinned, established; and deleted afterwards."""
    crds = yaml.safe_dump_all(gateway_api(modules([GATEWAY_API])[GATEWAY_API.folder]))
    try:
        admin.kubectl("apply", "--server-side", "--filename=-", given=crds)
        admin.kubectl("wait", "--for=condition=Established", "--timeout=30s", "--filename=-", given=crds)
        yield
    finally:
        admin.kubectl("delete", "--ignore-not-found", "--wait", "--filename=-", given=crds)


@contextmanager
def namespace(admin: Administrator, name: str, rendered: Sequence[Document]) -> Iterator[None]:
    """As a run would get it, by what the manifests say of theirs."""
    made = yaml.safe_dump(namespace_of(rendered, name))
    admin.kubectl("create", "--validate=strict", "--filename=-", given=made)
    try:
        yield
    finally:
        admin.kubectl("delete", "namespace", name, "--wait=false")


def _tried(admin: Administrator, document: Document) -> dict[str, Any]:
    """What would be stored. Strict: a field that the API does not know is refused, as is a value that it forbids."""
    dry = ("--server-side", "--dry-run=server", "--validate=strict", "--output=json")
    taken: dict[str, Any] = json.loads(admin.kubectl("apply", *dry, "--filename=-", given=yaml.safe_dump(document)))
    return taken


def _with_backend(route: Document, **fields: int) -> Document:
    changed = copy.deepcopy(route)
    changed["spec"]["rules"][0]["backendRefs"][0] |= fields
    return changed


def _without_policies(folder: Path) -> Path:
    """The overlay with all but Linkerd's own kinds. kustomize wants its resources by relative paths."""
    delete = "$patch: delete\napiVersion: {}\nkind: {}\nmetadata: {{name: any}}\n"
    kinds = (("v1beta3", "Server"), ("v1alpha1", "AuthorizationPolicy"), ("v1alpha1", "MeshTLSAuthentication"))
    patches = [
        {"target": {"kind": kind}, "patch": delete.format(f"policy.linkerd.io/{version}", kind)}
        for version, kind in kinds
    ]
    made = {"resources": [os.path.relpath(LINKERD, folder.resolve())], "patches": patches}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(made))
    return folder


def _as_if_meshed(namespace: str) -> Document:
    """A pod of a Rollout as the injector leaves it: the proxy is a sidecar, which is an init container."""
    labels = {
        "app": "smiley",
        "rollouts-pod-template-hash": "5d4f8c7b9",
        "linkerd.io/control-plane-ns": "linkerd",
        "linkerd.io/proxy-replicaset": "smiley-5d4f8c7b9",
        "linkerd.io/workload-ns": namespace,
    }
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    app = {"image": "faces:dev", "imagePullPolicy": "IfNotPresent", "args": ["smiley"], "securityContext": restricted}
    elsewhere = [{"name": name, "value": str(port)} for name, port in (("PORT", 9000), ("ADMIN_PORT", 9001))]
    proxy = {
        "name": "linkerd-proxy",
        "restartPolicy": "Always",
        "ports": [{"name": "linkerd-admin", "containerPort": 8001}],
    }
    own = {"name": "smiley", "env": elsewhere, "ports": [{"name": "http", "containerPort": 9000}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "smiley", "namespace": namespace, "labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "initContainers": [{**app, **proxy}],
            "containers": [{**app, **own}],
        },
    }
