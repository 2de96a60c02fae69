"""The app as people get it who have a cluster of their own: by kustomize from a repository, and by Helm."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from e2e.bare.administrator import Administrator
from e2e.manifests import TRAEFIK
from platforms.install import chart, toolbox
from platforms.install.contents import documents

# The first time, helm is built, which takes minutes; what it is asked then has a limit of its own.
pytestmark = pytest.mark.timeout(1800)
_COMMAND_LIMIT_S = 60

Document = dict[str, Any]


@pytest.fixture(scope="module")
def helm() -> Path:
    return toolbox.build(print, (toolbox.HELM,))["helm"]


@pytest.mark.parametrize("router", chart.ROUTERS)
def test_helm_makes_every_object_that_kustomize_makes(admin: Administrator, helm: Path, router: str) -> None:
    ours = _templated(helm, "--namespace=faces", f"--set=router={router}")
    assert _by_name(documents(ours)) == _by_name(_wanted(admin, router))


def test_the_chart_is_as_the_manifests_are(admin: Administrator) -> None:
    """`make chart` mends it."""
    rendered = {router: chart.render(str(admin.cluster.kubectl), folder) for router, folder in chart.ROUTERS.items()}
    written = {file.name: file.read_text() for file in (chart.CHART / "templates").iterdir()}
    assert written == chart.templates(rendered)


def test_what_is_chosen_is_in_its_place_and_a_mistake_is_refused(admin: Administrator, helm: Path) -> None:
    del admin
    chosen = ("--set=image=registry.example/faces:7", "--set=replicas.smiley=3", "--set=gate=latency-p99")
    made = _by_name(documents(_templated(helm, "--namespace=elsewhere", *chosen)))
    spec = made["Rollout", "smiley"]["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["containers"][0]["image"] == "registry.example/faces:7"
    assert spec["strategy"]["canary"]["analysis"]["templates"] == [{"templateName": "latency-p99"}]
    assert made["RoleBinding", "traefik"]["subjects"][0]["namespace"] == "elsewhere"
    with pytest.raises(AssertionError, match="router"):
        _templated(helm, "--set=router=istio")


def test_the_api_server_takes_what_helm_makes(admin: Administrator, helm: Path) -> None:
    admin.kubectl("create", "namespace", "charted")
    try:
        made = _templated(helm, "--namespace=charted")
        admin.kubectl("apply", "--namespace=charted", "--dry-run=server", "--filename=-", given=made)
    finally:
        admin.kubectl("delete", "namespace", "charted", "--wait=false")


@pytest.mark.parametrize("folder", ["base", "overlays/traefik", "overlays/linkerd", "monitoring"])
def test_kustomize_takes_a_folder_from_a_repository_with_somebodys_own_image(
    admin: Administrator, folder: str, tmp_path: Path
) -> None:
    """No folder refers to anything outside of `manifests`: nothing else is in this repository."""
    repository, own = tmp_path / "repository", tmp_path / "own"
    shutil.copytree(TRAEFIK.parents[1], repository / "manifests")
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "."), ("commit", "--quiet", "--message=all")):
        subprocess.run(
            ["git", *identity, *words], cwd=repository, check=True, capture_output=True, timeout=_COMMAND_LIMIT_S
        )
    own.mkdir()
    (own / "kustomization.yaml").write_text(
        f"resources: ['file://{repository}//manifests/{folder}?ref=main']\n"
        "images: [{name: faces, newName: registry.example/faces, newTag: '7'}]\n"
    )
    made = chart.render(str(admin.cluster.kubectl), own)
    images = {
        container["image"]
        for one in made
        if one["kind"] == "Rollout"
        for container in one["spec"]["template"]["spec"]["containers"]
    }
    assert images == (set() if folder == "monitoring" else {"registry.example/faces:7"})
    assert made


def _templated(helm: Path, *options: str) -> str:
    command = [str(helm), "template", "faces", str(chart.CHART), "--kube-version=1.35.0", *options]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=_COMMAND_LIMIT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _wanted(admin: Administrator, router: str) -> list[Document]:
    """A release is in a namespace that is there already, and helm says which one to whoever applies it."""
    made = [
        one for one in chart.render(str(admin.cluster.kubectl), chart.ROUTERS[router]) if one["kind"] != "Namespace"
    ]
    for one in made:
        one["metadata"].pop("namespace", None)
    return made


def _by_name(made: Iterable[Document]) -> dict[tuple[str, str], Document]:
    return {(one["kind"], one["metadata"]["name"]): one for one in made}
