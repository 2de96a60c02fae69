import copy
from pathlib import Path
from typing import Any

import pytest

from platforms.install import argocd, extras
from platforms.install.argocd import installed, published
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import ARGOCD, TOOLS
from seam.errors import UserError

Document = dict[str, Any]


def workload(kind: str, name: str, container: str) -> Document:
    """As upstream's manifest has it, cut down to what is changed."""
    env = [{"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "argocd-redis", "key": "auth"}}}]
    container_ = {"name": container, "image": "quay.io/upstream:v1", "imagePullPolicy": "Always", "env": env}
    spec = {"containers": [container_], "initContainers": [{"name": "secret-init", "image": "quay.io/upstream:v1"}]}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": {"spec": spec}}}


CORE = [
    {"kind": "CustomResourceDefinition", "metadata": {"name": "applications.argoproj.io"}},
    {"kind": "CustomResourceDefinition", "metadata": {"name": "applicationsets.argoproj.io"}},
    {"kind": "ClusterRole", "metadata": {"name": "argocd-application-controller"}},
    {"kind": "ConfigMap", "metadata": {"name": "argocd-cmd-params-cm"}},
    {"kind": "NetworkPolicy", "metadata": {"name": "argocd-redis-network-policy"}},
    workload("Deployment", "argocd-applicationset-controller", "argocd-applicationset-controller"),
    workload("Deployment", "argocd-redis", "redis"),
    workload("Deployment", "argocd-repo-server", "argocd-repo-server"),
    workload("StatefulSet", "argocd-application-controller", "argocd-application-controller"),
]


@pytest.fixture
def made() -> dict[str, Document]:
    return {f"{one['kind']} {one['metadata']['name']}": one for one in installed(copy.deepcopy(CORE), "secret")}


def test_what_is_waited_for_is_installed_and_what_nobody_needs_is_not(made: dict[str, Document]) -> None:
    assert not [name for name in made if "applicationset" in name or "NetworkPolicy" in name]
    for one in argocd.WORKLOADS:
        namespace, _, name = one.partition("/")
        kind = "StatefulSet" if name.startswith("statefulset/") else "Deployment"
        assert made[f"{kind} {name.removeprefix('statefulset/')}"]["metadata"]["namespace"] == namespace


def test_every_pod_runs_our_image_and_prepares_nothing(made: dict[str, Document]) -> None:
    for name, one in made.items():
        if "template" in one.get("spec", {}):
            spec = one["spec"]["template"]["spec"]
            assert "initContainers" not in spec, name
            for container in spec["containers"]:
                assert (container["image"], container["imagePullPolicy"]) == (argocd.IMAGE, "IfNotPresent")
                assert container["resources"]["requests"]["cpu"] == "50m"


def test_redis_is_the_one_of_the_image_and_its_password_is_what_the_others_are_given(
    made: dict[str, Document],
) -> None:
    (redis,) = made["Deployment argocd-redis"]["spec"]["template"]["spec"]["containers"]
    assert redis["command"] == ["/usr/local/bin/argocd-redis"]
    assert made["Secret argocd-redis"]["stringData"] == {"auth": "secret"}
    (server,) = made["Deployment argocd-repo-server"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "ARGOCD_GPG_ENABLED", "value": "false"} in server["env"]
    assert "command" not in server


def test_where_published_images_are_used_the_manifest_stays_as_it_is_but_for_what_it_tells_of_health() -> None:
    made = list(published(copy.deepcopy(CORE)))
    told = {"controller.resource.health.persist": "true"}
    config = next(one for one in made if one["metadata"]["name"] == "argocd-cmd-params-cm")
    assert config.pop("data") == told
    for one in made:
        one["metadata"].pop("namespace", None)
    assert made == CORE


def test_what_the_cluster_has_once_is_in_no_namespace(made: dict[str, Document]) -> None:
    for name, one in made.items():
        in_one = not name.startswith(("Cluster", "Custom"))
        assert one["metadata"].get("namespace") == ("argocd" if in_one else None), name


def test_an_extra_is_built_on_top_of_what_every_cluster_has() -> None:
    assert extras.tools(()) == TOOLS
    assert extras.tools(extras.chosen(["argocd", "argocd"])) == (*TOOLS, ARGOCD)
    with pytest.raises(UserError, match=r"^A cluster cannot have 'flux' on top; choose argocd, linkerd\.$"):
        extras.chosen(["flux"])


def test_kubectl_waits_for_the_kind_that_is_named(tmp_path: Path) -> None:
    program = tmp_path / "kubectl"
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n')
    program.chmod(0o755)
    Kubectl(program, tmp_path / "kubeconfig").wait_for(["a/one", "b/statefulset/two"], limit_s=3)
    calls = [line.split(maxsplit=1)[1] for line in (tmp_path / "calls").read_text().splitlines()]
    assert calls == [
        "rollout status --namespace=a --timeout=3s deployment/one",
        "rollout status --namespace=b --timeout=3s statefulset/two",
    ]
