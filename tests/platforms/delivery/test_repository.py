"""What a repository says is what would run: the patches are applied by kubectl's own kustomize."""

import asyncio
import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaos.catalogue import RELEASES, find, pod_change
from manifests import TRAEFIK
from platforms.delivery.repository import (
    Wanted,
    files,
    patch_of,
    release_file,
    released_by,
    rollout_file,
    subject,
    version_after,
    wanted,
)
from platforms.kube.applying import render
from platforms.kube.commands import release
from platforms.kube.placing import placed
from seam.errors import UserError
from seam.releases import PodChange, needs_own_mesh

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which builds overlays, is missing")
Document = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> list[Document]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which builds overlays, is missing")
    return [placed(one, "shop") for one in asyncio.run(render("kubectl", str(TRAEFIK)))]


@pytest.fixture
def repository(shipped: list[Document], tmp_path: Path) -> Path:
    for path, text in files("shop", shipped).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def rollout(repository: Path, workload: str = "smiley") -> Document:
    found: Document = yaml.safe_load((repository / rollout_file("shop", workload)).read_text())
    return found


async def built(repository: Path) -> dict[str, Document]:
    """What Argo CD would apply."""
    rendered = await render("kubectl", str(repository / "shop"))
    return {f"{one['kind']} {one['metadata']['name']}": one for one in rendered}


@needs_kubectl
async def test_a_new_repository_says_what_ships(repository: Path, shipped: list[Document]) -> None:
    found = await built(repository)
    assert found == {f"{one['kind']} {one['metadata']['name']}": one for one in shipped}
    for workload in ("face", "smiley", "color"):
        assert wanted((repository / release_file("shop", workload)).read_text()) == Wanted("v1", None)


# One for each kind of change: faults, another image, other probes, other resources, ...
KINDS = {tuple(pod_change(one).to_json()): one.name for one in RELEASES if not needs_own_mesh(pod_change(one))}


@needs_kubectl
@pytest.mark.parametrize("name", KINDS.values())
async def test_a_release_as_a_commit_is_the_template_that_it_would_be_as_a_patch(repository: Path, name: str) -> None:
    before, change = rollout(repository), pod_change(find(name))
    patch = patch_of(before, name, "v2", change)
    (repository / release_file("shop", "smiley")).write_text(patch)
    after = (await built(repository))["Rollout smiley"]
    assert after["spec"]["template"] == release(before["spec"]["template"], name, "v2", change)
    assert {**after["spec"], "template": 0} == {**before["spec"], "template": 0}
    assert wanted(patch) == Wanted("v2", name)


@needs_kubectl
async def test_what_one_release_changed_is_gone_with_the_next(repository: Path) -> None:
    before = rollout(repository)
    for name, change in (("of-nobody", PodChange(image="nobody:1")), ("good", PodChange())):
        (repository / release_file("shop", "smiley")).write_text(patch_of(before, name, "v2", change))
    template = (await built(repository))["Rollout smiley"]["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == before["spec"]["template"]["spec"]["containers"][0]["image"]


def test_a_release_shows_its_version_and_faults_and_nothing_twice(repository: Path) -> None:
    text = patch_of(rollout(repository), "errors-40", "v2", pod_change(find("errors-40")))
    assert text.startswith("# v2, released as errors-40.\n")
    assert "&" not in text
    lines = text.splitlines()
    assert len(lines) < 40
    assert any("FAULTS" in line for line in lines)


def test_faults_for_pods_that_can_have_none_are_refused(repository: Path) -> None:
    bare = copy.deepcopy(rollout(repository))
    for container in bare["spec"]["template"]["spec"]["containers"]:
        container["ports"] = []
    with pytest.raises(UserError, match="smiley cannot be released as errors-40"):
        patch_of(bare, "errors-40", "v2", pod_change(find("errors-40")))


def test_the_next_version_is_one_that_neither_cluster_nor_repository_has_had(repository: Path) -> None:
    text = patch_of(rollout(repository), "good", "v4", PodChange())
    assert version_after(["v1", "v2"], text) == "v5"
    assert version_after(["v7"], text) == "v8"


@pytest.mark.parametrize("text", ["just words", "{a: 1}", "- {op: add}", "a: ["])
def test_what_is_no_release_file_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="release file in the repository"):
        wanted(text)


def test_two_objects_of_one_name_cannot_be_in_one_folder(shipped: list[Document]) -> None:
    with pytest.raises(UserError, match="same kind and name"):
        files("shop", [*shipped, shipped[0]])


@pytest.mark.parametrize(
    ("line", "workload"),
    [
        (subject("smiley", "errors-40", "v2"), "smiley"),
        ("shop: the app as it ships", None),
        ('Revert "smiley v2: errors-40"', None),
        ("Merge branch 'x'", None),
    ],
)
def test_only_a_release_is_taken_for_one(line: str, workload: str | None) -> None:
    assert released_by(line) == workload
