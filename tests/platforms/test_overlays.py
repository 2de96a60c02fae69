"""What is only read by a cluster. Here its files are read; that a cluster takes them is for e2e to show."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from faces.serving import CLOSING_LIMIT_S
from manifests import BASE

MANIFESTS = BASE.parent
FOLDERS = sorted(file.parent for file in MANIFESTS.rglob("kustomization.yaml"))
WORKLOADS = ("face", "smiley", "color")
# https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}

Document = dict[str, Any]

# Not everybody who runs the tests has kubectl; whoever uses an overlay does.
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which builds overlays, is missing")


def written() -> Iterator[tuple[str, Document]]:
    """(file, document) of every manifest, as it lies in its folder."""
    for folder in FOLDERS:
        for file in sorted(folder.glob("*.yaml")):
            for document in yaml.safe_load_all(file.read_text()):
                if document["kind"] != "Kustomization":
                    yield f"{folder.name}/{file.name}", document


PODS = [
    pytest.param(document["spec"]["template"], id=f"{file} {document['kind']} {document['metadata']['name']}")
    for file, document in written()
    if "template" in document.get("spec", {})
]


def built(folder: Path) -> list[Document]:
    text = subprocess.run(["kubectl", "kustomize", str(folder)], check=True, capture_output=True, text=True).stdout
    return list(yaml.safe_load_all(text))


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """The Traefik overlay as a run has it, in a namespace of its own."""
    copy = shutil.copytree(MANIFESTS, tmp_path_factory.mktemp("kustomize") / "manifests")
    run = {"resources": ["../manifests/overlays/traefik"], "namespace": "run-1"}
    (copy.parent / "run").mkdir()
    (copy.parent / "run" / "kustomization.yaml").write_text(yaml.safe_dump(run))
    return built(copy.parent / "run")


def of(documents: list[Document], kind: str) -> dict[str, Document]:
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


@pytest.mark.parametrize("template", PODS)
def test_every_pod_is_a_restricted_one(template: Document) -> None:
    pod = template["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert all((volume.keys() - {"name"}) <= VOLUMES for volume in pod.get("volumes", ()))
    for container in [*pod["containers"], *pod.get("initContainers", ())]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any("hostPort" in port for port in container.get("ports", ()))


@pytest.mark.parametrize("template", PODS)
def test_every_pod_says_whether_it_may_speak_to_the_api_and_what_it_needs(template: Document) -> None:
    assert template["spec"]["automountServiceAccountToken"] is ("serviceAccountName" in template["spec"])
    for container in template["spec"]["containers"]:
        assert container["imagePullPolicy"] == "IfNotPresent"
        assert {"cpu", "memory"} == container["resources"]["requests"].keys()
        assert "readinessProbe" in container


def test_no_role_may_write() -> None:
    rules = [rule for _, document in written() for rule in document.get("rules", ())]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list", "watch"}
    assert not any("*" in [*rule["apiGroups"], *rule["resources"]] for rule in rules)


@needs_kubectl
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_can_be_built(folder: Path) -> None:
    assert built(folder)


@needs_kubectl
def test_a_run_is_in_its_own_namespace_and_nowhere_else(overlay: list[Document]) -> None:
    assert {document["metadata"]["namespace"] for document in overlay} == {"run-1"}
    (binding,) = of(overlay, "RoleBinding").values()
    assert [subject["namespace"] for subject in binding["subjects"]] == ["run-1"]
    assert "namespace: faces" not in yaml.safe_dump_all(overlay)


@needs_kubectl
def test_the_overlay_measures_with_the_very_templates_of_the_base(overlay: list[Document]) -> None:
    def specs(documents: list[Document]) -> dict[str, Any]:
        return {name: document["spec"] for name, document in of(documents, "AnalysisTemplate").items()}

    # Traefik has not every golden signal: the default is made of those that it has.
    own = {"golden-signals": {"templates": [{"templateName": "success-rate"}, {"templateName": "latency"}]}}
    assert specs(overlay) == specs(built(BASE)) | own


@needs_kubectl
@pytest.mark.parametrize("workload", WORKLOADS)
def test_rollout_services_and_split_of_a_workload_name_each_other(overlay: list[Document], workload: str) -> None:
    rollout, services = of(overlay, "Rollout")[workload]["spec"], of(overlay, "Service")
    canary, stable_name, canary_name = rollout["strategy"]["canary"], f"{workload}-stable", f"{workload}-canary"
    assert (canary["stableService"], canary["canaryService"]) == (stable_name, canary_name)
    assert canary["trafficRouting"] == {"traefik": {"weightedTraefikServiceName": workload}}
    for analysis in [canary["analysis"], *(step["analysis"] for step in canary["steps"] if "analysis" in step)]:
        paths = [one["valueFrom"]["fieldRef"]["fieldPath"] for one in analysis["args"] if "service" in one["name"]]
        assert paths == ["spec.strategy.canary.canaryService", "spec.strategy.canary.stableService"]
    split = of(overlay, "TraefikService")[workload]["spec"]["weighted"]["services"]
    assert [(part["name"], part["weight"]) for part in split] == [(stable_name, 100), (canary_name, 0)]
    assert {part.get("scheme", "http") for part in split} == {"h2c" if workload == "color" else "http"}
    for name in (stable_name, canary_name):
        assert services[name]["spec"]["selector"] == rollout["selector"]["matchLabels"] == {"app": workload}
        assert services[name]["spec"]["ports"] == services[canary_name]["spec"]["ports"]


@needs_kubectl
@pytest.mark.parametrize("name", [*WORKLOADS, "front"])
def test_who_asks_for_a_workload_asks_traefik(overlay: list[Document], name: str) -> None:
    service = of(overlay, "Service")[name]["spec"]
    pod = of(overlay, "Deployment")["traefik"]["spec"]["template"]
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    assert service["ports"][0]["targetPort"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}


@needs_kubectl
def test_a_pod_has_the_time_to_drain(overlay: list[Document]) -> None:
    drain = float(of(overlay, "ConfigMap")["faces"]["data"]["DRAIN_SECONDS"])
    for rollout in of(overlay, "Rollout").values():
        assert drain + CLOSING_LIMIT_S < rollout["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] - 2
