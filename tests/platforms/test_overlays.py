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
from platforms.kube.placing import is_meshed
from seam.releases import CALLERS, CONTROL_PORT, NOBODY

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


def as_a_run(overlay: str, folder: Path) -> list[Document]:
    """An overlay as a run has it, in a namespace of its own."""
    copy = shutil.copytree(MANIFESTS, folder / "manifests")
    run = {"resources": [f"../manifests/overlays/{overlay}"], "namespace": "run-1"}
    (copy.parent / "run").mkdir()
    (copy.parent / "run" / "kustomization.yaml").write_text(yaml.safe_dump(run))
    return built(copy.parent / "run")


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    return as_a_run("traefik", tmp_path_factory.mktemp("kustomize"))


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    return as_a_run("linkerd", tmp_path_factory.mktemp("kustomize"))


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


def test_no_role_may_write_but_that_of_the_controller_who_writes_weights_into_routes_by_name() -> None:
    rules = [(document, rule) for _, document in written() for rule in document.get("rules", ())]
    assert not any("*" in [*rule["apiGroups"], *rule["resources"]] for _, rule in rules)
    controllers = [(document, rule) for document, rule in rules if "resourceNames" in rule]
    assert {verb for one, rule in rules if (one, rule) not in controllers for verb in rule["verbs"]} == {
        "list",
        "watch",
    }
    assert {document["metadata"]["name"] for document, _ in controllers} == {"argo-rollouts-routes"}
    assert {rule["resources"][0]: (rule["resourceNames"], rule["verbs"]) for _, rule in controllers} == {
        "httproutes": (["face", "smiley"], ["get", "update"]),
        "grpcroutes": (["color"], ["get", "update"]),
    }


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


# --- Linkerd ---------------------------------------------------------------------------------------------------


@needs_kubectl
def test_a_run_in_the_mesh_is_in_its_own_namespace_and_only_the_controller_is_elsewhere(mesh: list[Document]) -> None:
    (namespace,) = of(mesh, "Namespace").values()
    assert namespace["metadata"]["name"] == "run-1"
    assert {one["metadata"]["namespace"] for one in mesh if one is not namespace} == {"run-1"}
    (binding,) = of(mesh, "RoleBinding").values()
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "argo-rollouts", "namespace": "argo-rollouts"}]


@needs_kubectl
def test_the_mesh_changes_nothing_of_the_app_but_what_every_cluster_does_and_who_it_is(mesh: list[Document]) -> None:
    assert is_meshed(mesh)
    plain = of(built(MANIFESTS / "cluster"), "Rollout")
    for name, rollout in of(mesh, "Rollout").items():
        pod = rollout["spec"]["template"]["spec"]
        assert pod.pop("serviceAccountName") == name
        assert pod["automountServiceAccountToken"] is False
        assert of(mesh, "ServiceAccount")[name]["automountServiceAccountToken"] is False
        assert rollout["spec"] == plain[name]["spec"]


@needs_kubectl
def test_the_mesh_measures_with_the_very_templates_of_the_base(mesh: list[Document]) -> None:
    own, base = (of(documents, "AnalysisTemplate") for documents in (mesh, built(BASE)))
    assert {name: one["spec"] for name, one in own.items()} == {name: one["spec"] for name, one in base.items()}


@needs_kubectl
@pytest.mark.parametrize("workload", WORKLOADS)
def test_rollout_services_and_route_of_a_workload_name_each_other(mesh: list[Document], workload: str) -> None:
    canary, services = of(mesh, "Rollout")[workload]["spec"]["strategy"]["canary"], of(mesh, "Service")
    field, kind = ("grpcRoute", "GRPCRoute") if workload == "color" else ("httpRoute", "HTTPRoute")
    route = of(mesh, kind)[canary["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"][field]]["spec"]
    assert route["parentRefs"] == [{"group": "", "kind": "Service", "name": workload, "port": 80}]
    (rule,) = route["rules"]
    backend = {"group": "", "kind": "Service", "port": 80}
    assert rule["backendRefs"] == [
        {**backend, "name": canary["stableService"], "weight": 100},
        {**backend, "name": canary["canaryService"], "weight": 0},
    ]
    apex, stable, split = (services[name]["spec"] for name in (workload, f"{workload}-stable", canary["canaryService"]))
    assert canary["stableService"] == f"{workload}-stable"
    assert apex == stable == split
    assert apex["selector"] == {"app": workload}
    (role,) = of(mesh, "Role").values()
    allowed = {
        name for rule in role["rules"] if rule["resources"] == [f"{kind.lower()}s"] for name in rule["resourceNames"]
    }
    assert allowed == of(mesh, kind).keys()


@needs_kubectl
def test_the_mesh_lets_in_whom_base_names_at_every_port_of_the_app_and_keeps_probes_out_of_it(
    mesh: list[Document],
) -> None:
    """Base's annotation is what the embedded mesh reads; the policy is the same in Linkerd's words."""
    accounts = {
        name: [reference["name"] for reference in one["spec"]["identityRefs"]]
        for name, one in of(mesh, "MeshTLSAuthentication").items()
    }
    allowed: dict[str, list[str]] = {}
    for policy in of(mesh, "AuthorizationPolicy").values():
        (reference,) = policy["spec"]["requiredAuthenticationRefs"]  # all of them would have to be satisfied
        allowed[policy["spec"]["targetRef"]["name"]] = accounts[reference["name"]]
    guarded: dict[tuple[str, str], list[str]] = {}
    servers = of(mesh, "Server")
    assert {server["spec"]["accessPolicy"] for server in servers.values()} == {"deny"}
    nobodys = servers.pop("nobody")
    assert nobodys["spec"]["podSelector"] == {
        "matchExpressions": [{"key": CALLERS, "operator": "In", "values": [NOBODY]}]
    }
    assert "nobody" not in allowed
    for name, server in servers.items():
        guarded[server["spec"]["podSelector"]["matchLabels"]["app"], server["spec"]["port"]] = allowed[name]
    wanted: dict[tuple[str, str], list[str]] = {}
    for name, rollout in of(mesh, "Rollout").items():
        template = rollout["spec"]["template"]
        callers = template["metadata"].get("annotations", {}).get(CALLERS)
        (container,) = template["spec"]["containers"]
        probed = {container[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
        for port in container["ports"] if callers else ():
            if port["name"] not in {*probed, CONTROL_PORT}:
                wanted[name, port["name"]] = callers.split(",")
            # Two Servers that choose one port of a pod would fight for it.
            if port["containerPort"] == nobodys["spec"]["port"]:
                (server,) = (
                    one["spec"]["podSelector"]
                    for one in servers.values()
                    if (one["spec"]["podSelector"]["matchLabels"]["app"], one["spec"]["port"]) == (name, port["name"])
                )
                assert server["matchExpressions"] == [{"key": CALLERS, "operator": "DoesNotExist"}]
    assert guarded == wanted


@needs_kubectl
def test_visitors_come_to_gui_whose_traffic_nobody_splits_and_who_is_in_the_mesh(mesh: list[Document]) -> None:
    front = of(mesh, "Service")["front"]["spec"]
    assert front["selector"] == {"app": "gui"}
    assert "trafficRouting" not in of(mesh, "Rollout")["gui"]["spec"]["strategy"]["canary"]
    assert "gui" not in str(of(mesh, "Server"))
    (namespace,) = of(mesh, "Namespace").values()
    assert namespace["metadata"]["annotations"]["config.linkerd.io/default-inbound-policy"] == "all-unauthenticated"
