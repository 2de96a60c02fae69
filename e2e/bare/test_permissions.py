"""Least privilege, shown twice: nothing is granted that nobody uses, and with one verb less the harness says so.

On a cluster of its own, because some of the roles are the cluster's.
"""

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.bare.grants import granted, superfluous, used
from e2e.manifests import TRAEFIK, Document
from faces.cli.visitors import Visitors
from platforms.bare import cluster, contents
from platforms.bare.cluster import BareCluster
from platforms.cluster import ClusterPlatform, ClusterSettings
from platforms.errors import PlatformFailed, UserError
from platforms.kube.applying import kinds_of, render
from platforms.kube.client import Cluster
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.preflight import Access, check_access, needed

pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True, slots=True)
class Own:
    """A bare cluster with a kubectl for it."""

    cluster: BareCluster

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        command = [str(self.cluster.kubectl), "--kubeconfig", str(self.cluster.kubeconfig), *arguments]
        done = subprocess.run(command, input=given or "", capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "--output=json"))
        return found

    async def run(self, namespace: str, transform: Callable[[Document], None] = lambda _: None) -> ClusterPlatform:
        return await ClusterPlatform.start(self.settings(namespace), self.cluster.reach(), transform=transform)

    def settings(self, namespace: str) -> ClusterSettings:
        return ClusterSettings(
            str(TRAEFIK), namespace, kubeconfig=str(self.cluster.kubeconfig), kubectl=str(self.cluster.kubectl)
        )


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    name = f"t-{secrets.token_hex(3)}"
    try:
        yield Own(cluster.up(name, lambda _: None))
    finally:
        cluster.down(name)


async def test_nothing_is_granted_that_nobody_uses_and_every_namespace_is_restricted(own: Own) -> None:
    async with await own.run("granted") as run:
        allowed = granted("granted:traefik", own.get("role", "traefik", "--namespace=granted"))
        allowed |= granted("monitoring:prometheus", own.get("clusterrole", "faces-prometheus"))
        allowed |= granted("kube-system:coredns", own.get("clusterrole", "faces-coredns"))
        assert {grant.account for grant in allowed} == {
            "granted:traefik",
            "monitoring:prometheus",
            "kube-system:coredns",
        }
        assert superfluous(allowed, used(own.cluster.layout.audit_log)) == set()
        # The app itself has no way to the API at all.
        pods = own.get("pods", "--namespace=granted")["items"]
        assert len(pods) == 8
        with_token = {
            pod["metadata"]["labels"]["app"] for pod in pods if pod["spec"].get("automountServiceAccountToken")
        }
        assert with_token == {"traefik"}
        for namespace in ("granted", "argo-rollouts", "monitoring", "kube-system"):
            labels = own.get("namespace", namespace)["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
            # What runs there was admitted before the label, or would be again: ask.
            warned = own.kubectl(
                *("label", "--dry-run=server", "--overwrite", "namespace", namespace),
                "pod-security.kubernetes.io/enforce=restricted",
            )
            assert "violate" not in warned
        await run.down()


async def test_a_pod_that_is_not_restricted_is_refused(own: Own) -> None:
    async with await own.run("refusing") as run:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "root", "namespace": "refusing"},
            "spec": {"containers": [{"name": "root", "image": "faces:dev"}]},
        }
        with pytest.raises(AssertionError, match='violates PodSecurity "restricted:latest"'):
            own.kubectl("apply", "--filename=-", given=yaml.safe_dump(pod))
        await run.down()


async def test_a_traefik_that_may_not_see_endpoints_serves_nobody_and_the_harness_says_so(own: Own) -> None:
    def less(document: Document) -> None:
        if document["kind"] == "Role":
            for rule in document["rules"]:
                if "endpointslices" in rule["resources"]:
                    rule["verbs"].remove("list")

    with pytest.raises(PlatformFailed, match="Nobody is served at svc/front in namespace less"):
        await own.run("less", less)


async def test_a_prometheus_that_may_not_see_pods_measures_nothing_and_the_harness_says_so(
    own: Own, tmp_path: Path
) -> None:
    with without(own, "faces-prometheus", {"list", "watch"}, "monitoring/prometheus"):
        async with await own.run("unmeasured") as run:
            visitors = await Visitors.start((await run.view()).gui, 40, "steady", tmp_path / "visitors.ndjson")
            try:
                with pytest.raises(UserError, match="the data plane"):
                    await run.measured()
            finally:
                await visitors.stop()
            await run.down()


def test_a_dns_that_may_not_watch_services_is_not_ready_and_the_harness_says_so(own: Own) -> None:
    with (
        without(own, "faces-coredns", {"watch"}, "kube-system/coredns"),
        pytest.raises(PlatformFailed, match="coredns"),
    ):
        contents.wait_for_addons(own.cluster.layout, own.cluster.kubectl, limit_s=15)


async def test_a_user_with_one_verb_less_is_told_which_before_anything_changes(own: Own) -> None:
    admin = await Cluster.connect(Kubeconfig(str(own.cluster.kubeconfig), None))
    rendered = await render(str(own.cluster.kubectl), str(TRAEFIK))
    accesses = needed((await kinds_of(admin, rendered)).values(), own_namespace=True)
    await admin.close()
    assert len(accesses) > 40
    user = await Cluster.connect(Kubeconfig(str(_user(own)), None))
    try:
        _allow(own, accesses)
        await _until(user, accesses, missing=None)
        for one in accesses:
            _allow(own, [other for other in accesses if other != one])
            await _until(user, accesses, missing=one)
    finally:
        await user.close()
    assert "runs" not in own.kubectl("get", "namespaces", "--output=name")


async def _until(user: Cluster, accesses: list[Access], missing: Access | None) -> None:
    """Until the API server has heard of the role's change, which takes it some milliseconds."""
    deadline, told = time.monotonic() + 5, ""
    while time.monotonic() < deadline:
        told = ""
        try:
            await check_access(user, accesses, "runs")
        except UserError as error:
            told = str(error)
        if missing is None and not told:
            return
        if missing is not None and told == f"system:serviceaccount:default:runner {_sentence(missing)}.":
            return
    raise AssertionError((missing, told))


def _sentence(missing: Access) -> str:
    place = " in namespace runs" if missing.resource.namespaced else ""
    return f"may not {missing.verb} {missing.title()}{place}"


def _user(own: Own) -> Path:
    """The kubeconfig of a ServiceAccount that has nothing but what `_allow` gives it."""
    own.kubectl("create", "serviceaccount", "runner", "--namespace=default")
    own.kubectl("create", "clusterrole", "runner", "--verb=get", "--resource=namespaces")
    own.kubectl("create", "clusterrolebinding", "runner", "--clusterrole=runner", "--serviceaccount=default:runner")
    token = own.kubectl("create", "token", "runner", "--namespace=default").strip()
    config = yaml.safe_load(own.cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    file = own.cluster.layout.folder / "runner.kubeconfig"
    file.write_text(yaml.safe_dump(config))
    return file


def _allow(own: Own, accesses: list[Access]) -> None:
    rules = [
        {
            "apiGroups": [one.resource.group],
            "resources": [one.resource.plural + (f"/{one.subresource}" if one.subresource else "")],
            "verbs": [one.verb],
        }
        for one in accesses
    ]
    patch = json.dumps({"rules": rules})
    own.kubectl("patch", "clusterrole", "runner", "--type=merge", f"--patch={patch}")


class without:  # noqa: N801 - read as a preposition
    """A ClusterRole with these verbs less, its Deployment (NAMESPACE/NAME) started anew; as before afterwards."""

    def __init__(self, own: Own, role: str, verbs: set[str], deployment: str) -> None:
        self._own, self._role, self._verbs = own, role, verbs
        self._namespace, _, self._deployment = deployment.partition("/")
        self._rules: list[dict[str, Any]] = own.get("clusterrole", role)["rules"]

    def __enter__(self) -> None:
        less = [{**rule, "verbs": [verb for verb in rule["verbs"] if verb not in self._verbs]} for rule in self._rules]
        less = [rule for rule in less if rule["verbs"]]  # Kubernetes takes no rule without a verb
        assert less != self._rules
        self._put(less)

    def __exit__(self, *_: object) -> None:
        self._put(self._rules)
        self._own.kubectl("rollout", "status", *self._named(), "--timeout=60s")

    def _put(self, rules: list[dict[str, Any]]) -> None:
        self._own.kubectl("patch", "clusterrole", self._role, "--type=merge", f"--patch={json.dumps({'rules': rules})}")
        # Not `rollout restart`: that one would wait for the new pod to be ready before it ends the old one.
        labels = f"--selector=app={self._deployment}"
        self._own.kubectl("delete", "pods", f"--namespace={self._namespace}", labels, "--grace-period=1")

    def _named(self) -> tuple[str, str]:
        return f"--namespace={self._namespace}", f"deployment/{self._deployment}"
