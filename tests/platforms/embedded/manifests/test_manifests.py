from collections.abc import Callable
from pathlib import Path
from typing import Any

from platforms.embedded.manifests.reading import Manifests, load

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]


def token() -> str:
    return "a-token"


def find(documents: Documents, kind: str, name: str) -> dict[str, Any]:
    return next(
        document
        for content in documents.values()
        for document in content
        if document["kind"] == kind and document["metadata"]["name"] == name
    )


def smiley(documents: Documents) -> dict[str, Any]:
    spec: dict[str, Any] = find(documents, "Rollout", "smiley")["spec"]
    return spec


def container(documents: Documents) -> dict[str, Any]:
    part: dict[str, Any] = smiley(documents)["template"]["spec"]["containers"][0]
    return part


def service(documents: Documents, name: str = "smiley") -> dict[str, Any]:
    spec: dict[str, Any] = find(documents, "Service", name)["spec"]
    return spec


def test_the_shipped_folder_is_read(manifests: Manifests) -> None:
    assert manifests.namespace == "faces"
    assert set(manifests.rollouts) == set(manifests.pods) == {"gui", "face", "smiley", "color"}
    assert {rollout.namespace for rollout in manifests.rollouts.values()} == {"faces"}
    assert set(manifests.templates) > {"golden-signals", "success-rate", "latency", "promotion-gate"}
    assert manifests.services["color"].spec.ports[0].grpc
    assert not manifests.services["smiley-canary"].spec.ports[0].grpc
    assert manifests.config_maps["faces"]["NUM_ROWS"] == "4"
    assert manifests.files["Rollout/smiley"] == "smiley.yaml"
    assert manifests.pods["smiley"].container.args == ("smiley",)


def test_a_template_of_the_cluster_serves_rollouts_and_other_templates(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    everybodys = {**find(shipped, "AnalysisTemplate", "latency-p99"), "kind": "ClusterAnalysisTemplate"}
    everybodys["spec"]["metrics"][0]["count"] = 1
    shipped["analysis/latency-p99.yaml"].append(everybodys)
    gate = find(shipped, "AnalysisTemplate", "promotion-gate")
    gate["spec"]["templates"] = [{"templateName": "latency-p99", "clusterScope": True}]
    read = load(write_folder(shipped), token)
    assert set(read.templates) > {"latency-p99", "ClusterAnalysisTemplate/latency-p99"}
    assert read.templates["promotion-gate"].templates[0].key == "ClusterAnalysisTemplate/latency-p99"
    assert read.files["ClusterAnalysisTemplate/latency-p99"] == "analysis/latency-p99.yaml"


def test_every_rollout_has_a_uid_and_keeps_it(shipped: Documents, write_folder: WriteFolder) -> None:
    first, second = (load(write_folder(shipped), token).rollouts for _ in range(2))
    assert len({rollout.uid for rollout in first.values()}) == len(first)
    assert [rollout.uid for rollout in first.values()] == [rollout.uid for rollout in second.values()]
    assert all(rollout.uid for rollout in first.values())


def test_secrets_are_known_by_name_and_key(shipped: Documents, write_folder: WriteFolder) -> None:
    assert load(write_folder(shipped), token).secret_values == {("faces-control", "token"): "a-token"}


def test_a_secret_that_asks_for_a_token_gets_a_generated_one_and_only_then(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": "a-token"}}
    secret = find(shipped, "Secret", "faces-control")
    secret["stringData"]["token"] = "chosen"
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": "chosen"}}
    secret["stringData"]["token"] = ""
    del secret["metadata"]["annotations"]
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": ""}}


def test_string_data_of_a_secret_wins_over_its_data(shipped: Documents, write_folder: WriteFolder) -> None:
    secret = find(shipped, "Secret", "faces-control")
    secret["data"] = {"token": "b2xk", "other": "w6k="}
    secret["stringData"] = {"token": "new"}
    assert load(write_folder(shipped), token).secrets["faces-control"] == {"token": "new", "other": "é"}


def test_without_a_kustomization_every_yaml_file_counts(shipped: Documents, write_folder: WriteFolder) -> None:
    del shipped["kustomization.yaml"], shipped["analysis/kustomization.yaml"]
    read = load(write_folder({name.replace("/", "-"): content for name, content in shipped.items()}), token)
    assert (read.namespace, len(read.rollouts)) == ("default", 4)


def test_a_list_is_read_as_its_items(shipped: Documents, write_folder: WriteFolder) -> None:
    config = shipped["config.yaml"]
    shipped["config.yaml"] = [{"apiVersion": "v1", "kind": "List", "items": config}]
    assert set(load(write_folder(shipped), token).config_maps) == {"faces"}


def test_a_kustomization_decides_which_files_count(shipped: Documents, write_folder: WriteFolder) -> None:
    shipped["not-listed.yaml"] = [{"kind": "Deployment"}]
    assert load(write_folder(shipped), token).namespace == "faces"


def test_a_port_may_be_meant_by_its_number_or_be_the_services_own(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    service(shipped)["ports"][0]["targetPort"] = 8000
    service(shipped, "smiley-canary")["ports"][0] = {"port": 8000}
    container(shipped)["readinessProbe"]["httpGet"]["port"] = 8001
    read = load(write_folder(shipped), token)
    pods = read.pods["smiley"].container
    assert [pods.port_named(read.services[name].spec.ports[0].target) for name in ("smiley", "smiley-canary")] == [
        "http",
        "http",
    ]
    assert pods.port_named(pods.readiness_probe.http_get.port) == "admin"


def test_a_date_and_a_merged_key_that_is_given_again_are_read_as_kubernetes_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  <<: &base {DAY: 2026-01-31, K: old}\n  K: new\n"
    )
    assert load(tmp_path, token).config_maps["a"] == {"DAY": "2026-01-31", "K": "new"}
