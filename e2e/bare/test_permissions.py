"""Least privilege, shown twice: nothing is granted that nobody uses, and with one verb less the harness says so."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from e2e.bare.administrator import Administrator
from e2e.bare.grants import granted, superfluous, used
from e2e.manifests import TRAEFIK, Document
from platforms.kube.applying import kinds_of, render
from platforms.kube.client import Cluster
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.preflight import Access, check_access, needed
from seam.errors import PlatformFailed, UserError

pytestmark = pytest.mark.timeout(120)


async def test_nothing_is_granted_that_nobody_uses_every_namespace_is_restricted_and_nothing_is_left(
    admin: Administrator,
) -> None:
    name = f"granted-{secrets.token_hex(3)}"
    async with await admin.run(name) as run:
        allowed = granted(f"{name}:traefik", admin.get("role", "traefik", f"--namespace={name}"))
        allowed |= granted("monitoring:prometheus", admin.get("clusterrole", "faces-prometheus"))
        allowed |= granted("kube-system:coredns", admin.get("clusterrole", "faces-coredns"))
        assert {grant.account for grant in allowed} == {
            f"{name}:traefik",
            "monitoring:prometheus",
            "kube-system:coredns",
        }
        assert superfluous(allowed, used(admin.cluster.layout.audit_log)) == set()
        # The app itself has no way to the API at all.
        pods = admin.get("pods", f"--namespace={name}")["items"]
        assert len(pods) == 8
        with_token = {
            pod["metadata"]["labels"]["app"] for pod in pods if pod["spec"].get("automountServiceAccountToken")
        }
        assert with_token == {"traefik"}
        for namespace in (name, "argo-rollouts", "monitoring", "kube-system"):
            labels = admin.get("namespace", namespace)["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
            # What runs there was admitted before the label, or would be again: ask.
            warned = admin.kubectl(
                *("label", "--dry-run=server", "--overwrite", "namespace", namespace),
                "pod-security.kubernetes.io/enforce=restricted",
            )
            assert "violate" not in warned
        with pytest.raises(AssertionError, match='violates PodSecurity "restricted:latest"'):
            admin.kubectl("apply", "--filename=-", given=yaml.safe_dump(_unrestricted(name)))
        await run.down()
        assert name not in admin.kubectl("get", "namespaces", "--output=name")


async def test_a_traefik_that_may_not_see_endpoints_serves_nobody_and_the_harness_says_so(
    admin: Administrator,
) -> None:
    def less(document: Document) -> None:
        if document["kind"] == "Role":
            for rule in document["rules"]:
                if "endpointslices" in rule["resources"]:
                    rule["verbs"].remove("list")

    name = f"less-{secrets.token_hex(3)}"
    with pytest.raises(PlatformFailed, match=f"Nobody is served at svc/front in namespace {name}"):
        await admin.run(name, less)


async def test_a_user_with_one_verb_less_is_told_which_before_anything_changes(admin: Administrator) -> None:
    cluster = await Cluster.connect(Kubeconfig(str(admin.cluster.kubeconfig), None))
    rendered = await render(str(admin.cluster.kubectl), str(TRAEFIK))
    accesses = needed((await kinds_of(cluster, rendered)).values(), own_namespace=True)
    await cluster.close()
    assert len(accesses) > 40
    with runner(admin) as (name, file):
        user = await Cluster.connect(Kubeconfig(str(file), None))
        try:
            _allow(admin, name, accesses)
            await _until(user, name, accesses, missing=None)
            for one in accesses:
                _allow(admin, name, [other for other in accesses if other != one])
                await _until(user, name, [one], missing=one)
            await _until(user, name, accesses, missing=accesses[-1])
        finally:
            await user.close()
        assert name not in admin.kubectl("get", "namespaces", "--output=name")


async def _until(user: Cluster, name: str, accesses: list[Access], missing: Access | None) -> None:
    """Until the API server has heard of the role's change, which takes it some milliseconds."""
    deadline, told = time.monotonic() + 5, ""
    while time.monotonic() < deadline:
        told = ""
        try:
            await check_access(user, accesses, name)
        except UserError as error:
            told = str(error)
        if missing is None and not told:
            return
        if missing is not None and told == f"system:serviceaccount:default:{name} {_sentence(missing, name)}.":
            return
    raise AssertionError((missing, told))


def _sentence(missing: Access, namespace: str) -> str:
    place = f" in namespace {namespace}" if missing.resource.namespaced else ""
    return f"may not {missing.verb} {missing.title()}{place}"


@contextmanager
def runner(admin: Administrator) -> Iterator[tuple[str, Path]]:
    """A ServiceAccount that has what `_allow` gives it alone: its name, which is its run's too, and its kubeconfig."""
    name = f"runner-{secrets.token_hex(3)}"
    file = admin.cluster.layout.folder / f"{name}.kubeconfig"
    try:
        admin.kubectl("create", "serviceaccount", name, "--namespace=default")
        admin.kubectl("create", "clusterrole", name, "--verb=get", "--resource=namespaces")
        admin.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--serviceaccount=default:{name}")
        token = admin.kubectl("create", "token", name, "--namespace=default").strip()
        config = yaml.safe_load(admin.cluster.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": token}
        file.write_text(yaml.safe_dump(config))
        yield name, file
    finally:
        for kind in ("clusterrolebinding", "clusterrole", "serviceaccount"):
            admin.kubectl("delete", kind, name, "--namespace=default", "--ignore-not-found")
        file.unlink(missing_ok=True)


def _allow(admin: Administrator, name: str, accesses: list[Access]) -> None:
    rules = [
        {
            "apiGroups": [one.resource.group],
            "resources": [one.resource.plural + (f"/{one.subresource}" if one.subresource else "")],
            "verbs": [one.verb],
        }
        for one in accesses
    ]
    patch = json.dumps({"rules": rules})
    admin.kubectl("patch", "clusterrole", name, "--type=merge", f"--patch={patch}")


def _unrestricted(namespace: str) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": namespace},
        "spec": {"containers": [{"name": "root", "image": "faces:dev"}]},
    }
