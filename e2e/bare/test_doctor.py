"""What a doctor is for, provoked on a real cluster: it says what is wrong, and that nothing is where nothing is."""

import asyncio
import base64
import datetime as dt
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaos.experiment import Visitors
from e2e.bare.administrator import Administrator
from e2e.bare.test_cluster_roles import without
from e2e.changes import only_to_30_percent, wait_at_30_percent
from e2e.manifests import TRAEFIK, Change
from platforms.bare.pki import Authority
from platforms.kube.doctor.examination import examine_cluster
from platforms.kube.platform import ClusterPlatform
from platforms.kube.settings import ClusterSettings
from seam.doctor import Finding, Result
from seam.releases import PodChange

pytestmark = pytest.mark.timeout(240)
RATE = 40
# Long enough that each Rollout at 30 % has its share within what chance allows.
SEEN_S = 14


async def examined(admin: Administrator, namespace: str) -> dict[str, Finding]:
    kubeconfig, kubectl = str(admin.cluster.kubeconfig), str(admin.cluster.kubectl)
    settings = ClusterSettings(str(TRAEFIK), namespace, kubeconfig=kubeconfig, kubectl=kubectl, platform="bare")
    return {one.check: one.finding for one in await examine_cluster(settings, admin.cluster.reach())}


@asynccontextmanager
async def released(admin: Administrator, change: Change, folder: Path) -> AsyncIterator[tuple[ClusterPlatform, str]]:
    """A run with visitors, in which a good v2 has had 30 % for long enough to compare."""
    name = f"doctor-{secrets.token_hex(3)}"
    async with await admin.run(name, change) as run:
        visitors = await Visitors.start((await run.view()).gui, RATE, "steady", folder / "visitors.ndjson")
        try:
            await run.measured()
            await run.release("smiley", "good", PodChange())
            async for view in run.watch("smiley"):
                if view.canary_weight == 30 and view.phase == "Paused":
                    break
            await asyncio.sleep(SEEN_S)
            yield run, name
        finally:
            await visitors.stop()
            await run.down(wait=False)


async def test_on_a_healthy_cluster_in_the_middle_of_a_release_nothing_is_wrong(
    admin: Administrator, tmp_path: Path, record_property: Any
) -> None:
    async with released(admin, wait_at_30_percent, tmp_path) as (_, name):
        began = time.monotonic()
        found = await examined(admin, name)
        took_s = time.monotonic() - began
        record_property("doctor_s", f"{took_s:.2f}")
        print(f"the doctor took {took_s:.2f} s")
        assert {check: one for check, one in found.items() if one.result in (Result.FAILED, Result.WARNING)} == {}
        skipped = {check for check, one in found.items() if one.result is Result.SKIPPED}
        no_mesh = {"plugin", "service-profiles", "mesh", "callers", "identities", "trust", "applications"}
        assert skipped <= no_mesh
        assert found["share"].saw.startswith("smiley has 30 %, and ")
        assert "smiley 30 %" in found["weights"].saw


async def test_a_weight_that_somebody_else_writes_and_that_the_pods_do_not_see_is_told(
    admin: Administrator, tmp_path: Path
) -> None:
    async with released(admin, only_to_30_percent, tmp_path) as (_, name):
        patch = [
            {"op": "replace", "path": f"/spec/weighted/services/{index}/weight", "value": value}
            for index, value in enumerate((100, 0))
        ]
        admin.kubectl(
            *("patch", "traefikservice", "smiley", f"--namespace={name}", "--type=json", f"--patch={json.dumps(patch)}")
        )
        found = await examined(admin, name)
        assert found["weights"].result is Result.FAILED
        assert found["weights"].saw.startswith(
            "Rollout smiley has given its canary 30 %, and TraefikService smiley says 0 %, written last by kubectl"
        )
        while found["share"].result is not Result.FAILED:  # as soon as chance does not explain it any more
            found = await examined(admin, name)
        assert "came to its canary's pods" in found["share"].saw


def test_without_a_run_it_says_that_there_is_nothing_to_look_at(admin: Administrator) -> None:
    found = asyncio.run(examined(admin, f"empty-{secrets.token_hex(3)}"))
    assert {check for check, one in found.items() if one.result is Result.FAILED} == set()
    assert found["api-server"].result is Result.OK
    assert found["share"].result is Result.SKIPPED


# --- what concerns the whole cluster ----------------------------------------------------------------------------


@pytest.mark.alone
async def test_a_prometheus_that_lacks_the_proxies_is_told(admin: Administrator) -> None:
    name = f"doctor-{secrets.token_hex(3)}"
    async with await admin.run(name) as run:
        try:
            with without(admin, "faces-prometheus", {"list", "watch"}, "monitoring/prometheus"):
                admin.kubectl("rollout", "status", "--namespace=monitoring", "deployment/prometheus", "--timeout=60s")
                found = await examined(admin, name)
                assert found["prometheus"].result is Result.OK
                assert found["targets"].result is Result.FAILED
                assert found["targets"].saw.startswith("Prometheus has no target for 1 proxy pod: traefik-")
                assert found["series"].result is Result.WARNING
        finally:
            await run.down(wait=False)


@pytest.mark.alone
async def test_a_plugin_that_the_controller_has_not_read_or_cannot_load_is_told(admin: Administrator) -> None:
    namespace = "--namespace=argo-rollouts"
    plugins = yaml.safe_dump([{"name": "argoproj-labs/gatewayAPI", "location": "file:///nothing"}])
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argo-rollouts-config", "namespace": "argo-rollouts"},
        "data": {"trafficRouterPlugins": plugins},
    }
    restart = ("delete", "pods", namespace, "--selector=app.kubernetes.io/name=argo-rollouts", "--grace-period=1")
    with applied(admin, config, restart):
        unread = (await examined(admin, "nowhere"))["plugin"]
        assert unread.result is Result.FAILED
        assert "after the controller had read it" in unread.saw
        admin.kubectl(*restart)
        broken = unread
        while "the controller does not run with its plugins" not in broken.saw or "log:" not in broken.saw:
            await asyncio.sleep(0.5)
            broken = (await examined(admin, "nowhere"))["plugin"]
        assert broken.result is Result.FAILED
        assert "plugin" in broken.saw.partition("its log: ")[2]
    admin.kubectl("rollout", "status", namespace, "deployment/argo-rollouts", "--timeout=60s")
    assert (await examined(admin, "nowhere"))["plugin"].result is Result.SKIPPED


@pytest.mark.alone
async def test_a_route_that_is_not_attached_and_a_profile_that_beats_it_are_told(admin: Administrator) -> None:
    name = f"doctor-{secrets.token_hex(3)}"
    parent = {"group": "", "kind": "Service", "name": "smiley", "port": 80}
    backends = [{"name": f"smiley-{side}", "port": 80, "weight": 50} for side in ("stable", "canary")]
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "smiley", "namespace": name},
        "spec": {"parentRefs": [parent], "rules": [{"backendRefs": backends}]},
    }
    profile = {
        "apiVersion": "linkerd.io/v1alpha2",
        "kind": "ServiceProfile",
        "metadata": {"name": f"smiley.{name}.svc.cluster.local", "namespace": name},
        "spec": {"routes": []},
    }
    with (
        known(admin, "gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
        known(admin, "linkerd.io", "v1alpha2", "serviceprofiles", "ServiceProfile"),
        applied(admin, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
    ):
        admin.kubectl("apply", "--filename=-", given=yaml.safe_dump_all([route, profile]))
        found = await examined(admin, name)
        assert found["routes"].saw == "HTTPRoute smiley is not attached: no controller has taken it for Service smiley"
        assert found["service-profiles"].saw.startswith(
            f"ServiceProfile smiley.{name}.svc.cluster.local beats HTTPRoute"
        )
        taken = {"parentRef": {**parent, "group": "core"}, "controllerName": "linkerd.io/policy-controller"}
        times = {"lastTransitionTime": "2026-11-29T10:00:00Z", "observedGeneration": 1, "message": ""}
        held = [{"type": kind, "status": "True", "reason": kind, **times} for kind in ("Accepted", "ResolvedRefs")]
        status = {"status": {"parents": [{**taken, "conditions": held}]}}
        where = ("httproutes.gateway.networking.k8s.io", "smiley", f"--namespace={name}")
        admin.kubectl("patch", *where, "--subresource=status", "--type=merge", f"--patch={json.dumps(status)}")
        admin.kubectl("delete", "serviceprofiles.linkerd.io", "--all", f"--namespace={name}")
        found = await examined(admin, name)
        assert (found["routes"].result, found["service-profiles"].result) == (Result.OK, Result.OK)


@pytest.mark.alone
async def test_an_application_that_heals_itself_without_ignoring_the_weights_is_told(admin: Administrator) -> None:
    name = f"doctor-{secrets.token_hex(3)}"
    spec: dict[str, Any] = {
        "project": "default",
        "source": {"repoURL": "https://example.invalid/faces.git", "path": "."},
        "destination": {"namespace": name, "server": "https://kubernetes.default.svc"},
        "syncPolicy": {"automated": {"selfHeal": True}, "syncOptions": ["ApplyOutOfSyncOnly=true"]},
    }
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "doctor", "namespace": "monitoring"},
        "spec": spec,
    }
    with known(admin, "argoproj.io", "v1alpha1", "applications", "Application"):
        async with await admin.run(name) as run:
            try:
                with applied(admin, application):
                    found = (await examined(admin, name))["applications"]
                    assert found.result is Result.FAILED
                    assert "heals itself and does not ignore the weights of TraefikService" in found.saw
                    spec["ignoreDifferences"] = [
                        {
                            "group": "traefik.io",
                            "kind": "TraefikService",
                            "jqPathExpressions": [".spec.weighted.services[].weight"],
                        }
                    ]
                    admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(application))
                    assert (await examined(admin, name))["applications"].result is Result.OK
            finally:
                await run.down(wait=False)


@pytest.mark.alone
async def test_a_trust_anchor_that_ends_tomorrow_is_told(admin: Administrator, tmp_path: Path) -> None:
    namespace = "linkerd"
    roots = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "linkerd-identity-trust-roots", "namespace": namespace},
    }
    with applied(admin, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}):
        admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(control_plane(namespace)))
        for days, result, saw in (
            (364, Result.WARNING, "ends in"),
            (366, Result.FAILED, "has expired"),
            (0, Result.OK, "valid"),
        ):
            Authority(tmp_path, dt.datetime.now(dt.UTC) - dt.timedelta(days=days))
            pem = (tmp_path / "ca.crt").read_text()
            issuer = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "linkerd-identity-issuer", "namespace": namespace},
                "data": {"crt.pem": base64.b64encode(pem.encode()).decode()},
            }
            both = [{**roots, "data": {"ca-bundle.crt": pem}}, issuer]
            admin.kubectl("apply", "--filename=-", given=yaml.safe_dump_all(both))
            found = (await examined(admin, "nowhere"))["trust"]
            assert (found.result, saw in found.saw) == (result, True), found


def control_plane(namespace: str) -> dict[str, Any]:
    """What tells that Linkerd is installed; nothing of it runs."""
    labels = {"linkerd.io/control-plane-component": "identity"}
    pods = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "identity", "image": "faces.dev/pause:1"}]},
    }
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": pods}
    metadata = {
        "name": "linkerd-identity",
        "namespace": namespace,
        "labels": labels,
        "annotations": {"linkerd.io/created-by": "linkerd/cli edge-26.8.3"},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


@contextmanager
def applied(admin: Administrator, document: dict[str, Any], *after: tuple[str, ...]) -> Iterator[None]:
    """The object while it is needed; then it goes, and these commands of kubectl are run."""
    admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(document))
    try:
        yield
    finally:
        admin.kubectl("delete", "--filename=-", "--ignore-not-found", "--timeout=60s", given=yaml.safe_dump(document))
        for command in after:
            admin.kubectl(*command)


@contextmanager
def known(admin: Administrator, group: str, version: str, plural: str, kind: str) -> Iterator[None]:
    """The cluster knows this kind, with fields as one likes, unless it has a better definition of it already."""
    name = f"{plural}.{group}"
    if f"customresourcedefinition.apiextensions.k8s.io/{name}" in admin.kubectl("get", "crds", "--output=name").split():
        yield
        return
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": free, "status": free}}}
    served = {"name": version, "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [served]}
    # Groups of kubernetes.io are Kubernetes' own to define, unless somebody says why it is done all the same.
    annotations = {"api-approved.kubernetes.io": "unapproved, for a test"}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name, "annotations": annotations},
        "spec": spec,
    }
    with applied(admin, definition):
        admin.kubectl("wait", "--for=condition=Established", f"crd/{name}", "--timeout=30s")
        yield
