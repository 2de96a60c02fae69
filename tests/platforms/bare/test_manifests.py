import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from platforms.bare.cluster import MANIFESTS
from platforms.install.toolbox import TOOLS

Object = dict[str, Any]
FILES = sorted(MANIFESTS.glob("*.yaml"))
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
}


def pods(documents: list[Object]) -> Iterator[Object]:
    """The spec of every pod that they make."""
    for document in documents:
        if document["kind"] == "Pod":
            yield document["spec"]
        elif "template" in document.get("spec", {}):
            yield document["spec"]["template"]["spec"]


def violations(pod: Object) -> set[str]:
    """Of the restricted standard. https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    own = pod.get("securityContext", {})
    found = {field for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)}
    found |= {"volumes" for volume in pod.get("volumes", []) if not VOLUMES & set(volume)}
    found |= {"sysctls" for setting in own.get("sysctls", []) if setting["name"] not in SAFE_SYSCTLS}
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in pod.get(kind, []):
            found |= _of_container(container, own)
    return found


def _of_container(container: Object, pods_own: Object) -> set[str]:
    context = container.get("securityContext", {})
    effective = {**pods_own, **context}
    capabilities = context.get("capabilities", {})
    seccomp = effective.get("seccompProfile", {}).get("type")
    wrong = {
        "privileged": context.get("privileged", False),
        "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is not False,
        "capabilities": capabilities.get("drop") != ["ALL"] or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"},
        "runAsNonRoot": effective.get("runAsNonRoot") is not True,
        "runAsUser": effective.get("runAsUser") == 0,
        "seccompProfile": seccomp not in {"RuntimeDefault", "Localhost"},
        "procMount": context.get("procMount", "Default") != "Default",
        "hostPort": any(port.get("hostPort") for port in container.get("ports", [])),
        "hostProcess": effective.get("windowsOptions", {}).get("hostProcess"),
        "seLinuxOptions": set(effective.get("seLinuxOptions", {})) & {"user", "role"},
        "appArmorProfile": effective.get("appArmorProfile", {}).get("type") == "Unconfined",
    }
    return {field for field, is_wrong in wrong.items() if is_wrong}


@pytest.fixture(scope="module")
def coredns() -> list[Object]:
    return list(yaml.safe_load_all((MANIFESTS / "coredns.yaml").read_text()))


@pytest.fixture
def pod(coredns: list[Object]) -> Object:
    (found,) = pods(coredns)
    return copy.deepcopy(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_pod_keeps_the_restricted_standard(file: Any) -> None:
    made = list(pods(list(yaml.safe_load_all(file.read_text()))))
    assert made
    assert [violations(pod) for pod in made] == [set() for _ in made]


def _container(field: str, value: object) -> Callable[[Object], object]:
    return lambda pod: pod["containers"][0]["securityContext"].update({field: value})


BREACHES: dict[str, Callable[[Object], object]] = {
    "hostNetwork": lambda pod: pod.update(hostNetwork=True),
    "volumes": lambda pod: pod["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
    "sysctls": lambda pod: pod["securityContext"].update(sysctls=[{"name": "kernel.msgmax", "value": "1"}]),
    "privileged": _container("privileged", value=True),
    "allowPrivilegeEscalation": lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "capabilities": _container("capabilities", {"drop": ["ALL"], "add": ["NET_ADMIN"]}),
    "runAsNonRoot": lambda pod: pod["securityContext"].pop("runAsNonRoot"),
    "runAsUser": _container("runAsUser", 0),
    "seccompProfile": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "procMount": _container("procMount", "Unmasked"),
    "hostPort": lambda pod: pod["containers"][0].update(ports=[{"containerPort": 1, "hostPort": 1}]),
    "seLinuxOptions": _container("seLinuxOptions", {"user": "system_u"}),
    "appArmorProfile": _container("appArmorProfile", {"type": "Unconfined"}),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_standard_would_be_seen(pod: Object, breach: str) -> None:
    BREACHES[breach](pod)
    assert violations(pod) == {breach}


def test_a_second_container_is_looked_at_as_well(pod: Object) -> None:
    pod["initContainers"] = [{"name": "first", "image": "x"}]
    assert violations(pod) == {"allowPrivilegeEscalation", "capabilities"}


def test_coredns_is_the_one_that_was_built(pod: Object) -> None:
    (version,) = [tool.version for tool in TOOLS if tool.folder == "coredns"]
    assert pod["containers"][0]["image"] == f"docker.io/coredns/coredns:{version.removeprefix('v')}"
    assert pod["containers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_coredns_is_asked_where_it_listens_and_serves_whom_its_service_selects(coredns: list[Object]) -> None:
    named = {document["kind"]: document for document in coredns}
    corefile = named["ConfigMap"]["data"]["Corefile"]
    template = named["Deployment"]["spec"]["template"]
    assert named["Service"]["spec"]["selector"] == template["metadata"]["labels"]
    for port in named["Service"]["spec"]["ports"]:
        assert port["port"] == 53
        assert f".:{port['targetPort']} {{" in corefile
    for probe, plugin in (("readinessProbe", "ready"), ("livenessProbe", "health")):
        asked = template["spec"]["containers"][0][probe]["httpGet"]
        assert f"{plugin} :{asked['port']}\n" in corefile


def test_coredns_may_read_what_its_plugin_watches_and_nothing_else(coredns: list[Object]) -> None:
    named = {document["kind"]: document for document in coredns}
    rules = named["ClusterRole"]["rules"]
    resources = {resource for rule in rules for resource in rule["resources"]}
    assert resources == {"services", "namespaces", "endpointslices"}
    assert all("watch" in rule["verbs"] and set(rule["verbs"]) <= {"list", "watch"} for rule in rules)
    (subject,) = named["ClusterRoleBinding"]["subjects"]
    account = named["ServiceAccount"]["metadata"]
    assert (subject["name"], subject["namespace"]) == (account["name"], account["namespace"])
    assert named["Deployment"]["spec"]["template"]["spec"]["serviceAccountName"] == account["name"]
