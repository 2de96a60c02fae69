"""One file of versions: whatever else names one says the same."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import manifests
from conformance import argo
from platforms.embedded.prometheus.binary import VERSION
from platforms.install import toolbox
from platforms.install.toolbox import Tool
from platforms.install.versions import FILE, UNVERIFIED, module_digest, page, read
from seam.documents import documents

VERSIONS = read()
ROOT = FILE.parents[2]
MANIFESTS = Path(manifests.__file__).parent


def tools() -> Iterator[Tool]:
    """Every one that is written down in the toolbox, whatever it is called there, and conformance's own."""
    for value in vars(toolbox).values():
        yield from (one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Tool))
    yield argo.TOOL


@pytest.mark.parametrize("tool", [one for one in tools() if one.folder != "pause"], ids=lambda tool: tool.folder)
def test_the_version_of_a_tool_is_the_files(tool: Tool) -> None:
    part = VERSIONS.parts["argo-rollouts" if tool is argo.TOOL else tool.folder]
    assert tool.version == part.version
    assert tool.module in {"", part.module}
    assert all(package == "." or f"{package}/".startswith(f"{part.module}/") for package in tool.packages)


def test_every_module_has_a_digest_that_builds_are_held_to() -> None:
    modules = {name: part for name, part in VERSIONS.parts.items() if part.module}
    assert len(modules) >= 7
    assert {name for name, part in modules.items() if not module_digest(name, part)} == set()


def images(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("image"), str):
            yield value["image"]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from images(one)


def test_every_image_that_the_manifests_name_is_the_apps_own_or_in_the_file() -> None:
    files = (file for file in MANIFESTS.rglob("*.yaml") if file.name != "kustomization.yaml")
    named = {image for file in files for document in documents(file) for image in images(document)}
    # A node's is kind's to pull.
    known = {
        f"{part.image}:{part.version}" for name, part in VERSIONS.parts.items() if part.image and name != "kind-node"
    }
    assert named == {"faces:dev", *known}


def test_the_prometheus_that_the_embedded_platform_downloads_is_the_one_that_clusters_pull() -> None:
    assert f"v{VERSION}" == VERSIONS.parts["prometheus-release"].version


@pytest.mark.parametrize(
    ("file", "pattern", "part"),
    [
        ("README.md", r"Argo Rollouts (v[\d.]+\d)", "argo-rollouts"),
        ("conformance/page.py", r"Argo Rollouts (v[\d.]+\d)", "argo-rollouts"),
        ("manifests/overlays/linkerd/README.md", r"own CRDs, (v[\d.]+\d)", "gateway-api"),
    ],
)
def test_documents_say_the_same(file: str, pattern: str, part: str) -> None:
    found = re.findall(pattern, (ROOT / file).read_text())
    assert found
    assert set(found) == {VERSIONS.parts[part].version}


FILE_OF_A_TOY = """
[toy]
version = "v1"
image = "toys/toy"
digest = "sha256:abc"

[car]
version = "v2"
source = "toys/car"
"""


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    return tmp_path / "versions.toml"


def test_people_read_each_version_with_its_digest_and_what_was_run_together_when(toys: Path) -> None:
    toys.write_text(f'{FILE_OF_A_TOY}[[together]]\nrun = "a race"\nparts = ["toy", "car"]\nday = 2026-11-29\n')
    assert read(toys).together[0].day == dt.date(2026, 11, 29)
    assert page(read(toys)).splitlines() == [
        "part  version  had as              digest",
        "toy   v1       image toys/toy:v1   sha256:abc",
        f"car   v2       source of toys/car  {UNVERIFIED}",
        "",
        "Tested together:",
        "  2026-11-29  a race",
        "    toy v1",
        "    car v2",
    ]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('[[together]]\nrun = "a race"\nparts = ["bike"]\n', r"^versions\.toml: bike was run, and has no version\.$"),
        ('[bike]\nversion = "v3"\nimgae = "x"\n', r"^versions\.toml: .*'imgae'\.$"),
        ('[bike]\nimage = "x"\n', r"^versions\.toml: .*'version'\.$"),
        ('[[together]]\nrun = "a race"\n', r"^versions\.toml: 'parts'\.$"),
    ],
)
def test_a_mistake_in_the_file_is_named(toys: Path, more: str, sentence: str) -> None:
    toys.write_text(FILE_OF_A_TOY + more)
    with pytest.raises(ValueError, match=sentence):
        read(toys)


def test_without_a_day_that_is_said(toys: Path) -> None:
    toys.write_text(f'{FILE_OF_A_TOY}[[together]]\nrun = "a race"\nparts = []\n')
    assert page(read(toys)).endswith("  day unknown  a race")
