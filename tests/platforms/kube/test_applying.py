import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from platforms.kube import applying
from platforms.kube.applying import apply, kinds_of, render
from platforms.kube.client import Cluster
from platforms.kube.placing import token_of
from platforms.kube.refusals import Refused
from seam.errors import ManifestError, PlatformFailed, UserError
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import HASH, rollout, template

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "smiley", "namespace": "faces"},
    "spec": {"selector": {"app": "smiley"}},
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "faces-control", "annotations": {"faces.dev/generate": "token"}},
    "stringData": {"token": ""},
}
ROUTE = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "TraefikService",
    "metadata": {"name": "smiley"},
    "spec": {"weighted": {"services": [{"name": "s", "weight": 100}, {"name": "c", "weight": 0}]}},
}
AT = {
    "Service": "/api/v1/namespaces/run/services/smiley",
    "Secret": "/api/v1/namespaces/run/secrets/faces-control",
    "TraefikService": "/apis/traefik.io/v1alpha1/namespaces/run/traefikservices/smiley",
    "Rollout": "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts/smiley",
}


def manifest() -> dict[str, Any]:
    one = rollout()
    one["metadata"] = {"name": "smiley", "namespace": "faces"}
    del one["status"]
    return one


async def apply_all(cluster: Cluster, *documents: dict[str, Any]) -> list[Any]:
    rendered = [copy.deepcopy(one) for one in documents or (manifest(), ROUTE, SECRET, SERVICE)]
    return await apply(cluster, rendered, await kinds_of(cluster, rendered), "run")


async def test_everything_is_made_in_order_and_the_rollouts_come_back(api: FakeApi, cluster: Cluster) -> None:
    applied = await apply_all(cluster)
    assert [path for path in api.asked if path.startswith("PATCH")] == [
        f"PATCH {AT[kind]}" for kind in ("Secret", "Service", "TraefikService", "Rollout")
    ]
    assert [one["metadata"]["name"] for one in applied] == ["smiley"]
    assert len(token_of(api.objects[AT["Secret"]])) >= 32
    assert all(api.objects[path]["metadata"]["labels"] == {"faces.dev/run": "run"} for path in AT.values())


async def test_applied_again_nothing_is_undone_that_a_controller_or_chance_has_written(
    api: FakeApi, cluster: Cluster
) -> None:
    await apply_all(cluster)
    token = token_of(api.objects[AT["Secret"]])
    api.objects[AT["Service"]]["spec"]["selector"][HASH] = "aaa"
    api.objects[AT["TraefikService"]]["spec"]["weighted"]["services"] = [
        {"name": "s", "weight": 70},
        {"name": "c", "weight": 30},
    ]
    await apply_all(cluster)
    assert token_of(api.objects[AT["Secret"]]) == token
    assert api.objects[AT["Service"]]["spec"]["selector"] == {"app": "smiley", HASH: "aaa"}
    services = api.objects[AT["TraefikService"]]["spec"]["weighted"]["services"]
    assert [one["weight"] for one in services] == [70, 30]
    assert api.objects[AT["Rollout"]]["metadata"]["generation"] == 1


async def test_a_release_is_taken_back_by_the_manifest_with_all_that_it_added(api: FakeApi, cluster: Cluster) -> None:
    await apply_all(cluster)
    live = api.objects[AT["Rollout"]]
    live["spec"]["template"] = template("v2", "errors-40")
    await apply_all(cluster)
    assert api.objects[AT["Rollout"]]["spec"]["template"] == template("v1")


@pytest.mark.parametrize("kind", ["Service", "TraefikService", "Rollout"])
async def test_what_a_controller_writes_in_the_middle_of_it_is_seen(api: FakeApi, cluster: Cluster, kind: str) -> None:
    """Between the look and the change: the change is refused, and made anew from what is there then."""
    await apply_all(cluster)
    written: list[Any] = []

    def write(request: Any) -> Any:
        if request.method == "PATCH" and request.path == AT[kind] and not written:
            live = copy.deepcopy(api.objects[AT[kind]])
            live["spec"].setdefault("selector", {})[HASH] = "bbb"
            live["spec"]["weighted"] = {"services": [{"name": "c", "weight": 30}]}
            written.append(api.put(AT[kind], live))
        return None

    api.answer = write
    await apply_all(cluster)
    assert written
    spec = api.objects[AT[kind]]["spec"]
    assert {
        "Service": spec.get("selector", {}).get(HASH) == "bbb",
        "TraefikService": spec.get("weighted", {}).get("services", [{}])[-1] == {"name": "c", "weight": 30},
        "Rollout": spec == manifest()["spec"],
    }[kind]


async def test_somebody_who_is_always_faster_is_not_fought_for_ever(api: FakeApi, cluster: Cluster) -> None:
    await apply_all(cluster, SERVICE)
    api.answer = lambda request: status(409, "the object has been modified") if request.method == "PATCH" else None
    with pytest.raises(PlatformFailed, match=r"^Service smiley was changed by somebody else each of the 5 times"):
        await apply_all(cluster, SERVICE)


async def test_an_object_of_somebody_else_is_left_alone(api: FakeApi, cluster: Cluster) -> None:
    api.put(AT["Service"], SERVICE | {"metadata": {"name": "smiley"}})
    with pytest.raises(UserError, match=r"^Service smiley in namespace run was not created by this run"):
        await apply_all(cluster, SERVICE)
    assert "PATCH" not in " ".join(api.asked)


async def test_a_no_of_the_api_server_is_told_as_it_is(api: FakeApi, cluster: Cluster) -> None:
    said = "Rollout smiley: .spec.strategie: field not declared in schema"
    api.answer = lambda request: status(422, said) if request.method == "PATCH" else None
    with pytest.raises(Refused, match=f"^The cluster refused: {said}.$"):
        await apply_all(cluster, manifest())


async def test_a_kind_that_the_cluster_does_not_know_is_named_before_anything_is_changed(
    api: FakeApi, cluster: Cluster
) -> None:
    with pytest.raises(UserError, match=r"^The cluster does not serve Sevrice of v1; install what provides it\.$"):
        await kinds_of(cluster, [SERVICE, SERVICE | {"kind": "Sevrice"}])
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    with pytest.raises(
        UserError,
        match=r"^ClusterRole is cluster-scoped, and a run keeps to its namespace; apply it yourself\.$",
    ):
        await kinds_of(cluster, [role])
    assert {entry.split()[0] for entry in api.asked} == {"GET"}


@pytest.mark.parametrize(
    ("kind", "api_version", "provider"),
    [
        ("HTTPRoute", "gateway.networking.k8s.io/v1", "the Gateway API's CRDs: https://gateway-api.sigs.k8s.io/"),
        ("Server", "policy.linkerd.io/v1beta3", "Linkerd, its CRDs first: https://linkerd.io/"),
    ],
)
async def test_whose_custom_resources_are_missing_is_said_with_where_to_get_them(
    cluster: Cluster, kind: str, api_version: str, provider: str
) -> None:
    sentence = f"^The cluster does not serve {kind} of {api_version}; install {provider}"
    with pytest.raises(UserError, match=sentence):
        await kinds_of(cluster, [SERVICE, {"apiVersion": api_version, "kind": kind}])


# --- rendering, by a kubectl that is a script -----------------------------------------------------------------


def kubectl(folder: Path, script: str) -> str:
    file = folder / "kubectl"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


async def test_documents_come_as_kubectl_renders_them(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text(yaml.safe_dump_all([SERVICE, SECRET]))
    script = f'[ "$1 $2 $3" = "kustomize my/folder --output" ] && cp {tmp_path}/out.yaml "$4"'
    assert await render(kubectl(tmp_path, script), "my/folder") == [SERVICE, SECRET]


@pytest.mark.parametrize(
    "said",
    [
        "error: accumulating resources: no such file.",
        'E1124 01:35:06.63 13776 run.go:72] "command failed" err="accumulating resources: no such file"',
    ],
)
async def test_a_folder_that_cannot_be_rendered_says_why(tmp_path: Path, said: str) -> None:
    command = kubectl(tmp_path, f"echo warning >&2; echo '{said}' >&2; exit 1")
    with pytest.raises(UserError, match=r"^my/folder cannot be rendered: accumulating resources: no such file\.$"):
        await render(command, "my/folder")
    with pytest.raises(UserError, match=r"^my/folder cannot be rendered: kubectl gave no reason\.$"):
        await render(kubectl(tmp_path, "exit 1"), "my/folder")


async def test_without_kubectl_it_is_asked_for(tmp_path: Path) -> None:
    missing = str(tmp_path / "absent")
    with pytest.raises(
        UserError, match=rf"^kubectl is needed to render x, and '{missing}' cannot be run: No such file"
    ):
        await render(missing, "x")


async def test_a_kubectl_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "_RENDER_LIMIT_S", 0.2)
    command = kubectl(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with pytest.raises(PlatformFailed, match=r"^kubectl has not rendered x in 0\.2 s\.$"):
        await render(command, "x")
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


async def test_yaml_that_says_two_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="given twice"):
        await render(kubectl(tmp_path, 'printf "kind: A\\nkind: B\\n" > "$4"'), "x")
