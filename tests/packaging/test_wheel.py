import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

import manifests

# The proofs stay at home: nobody needs them to run `faces`.
NOT_SHIPPED = {"conformance"}


@pytest.fixture(scope="module")
def rooms(pyproject: dict[str, Any]) -> list[str]:
    shipped: list[str] = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return shipped


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_it_holds_every_room_but_the_proofs(rooms: list[str], pyproject: dict[str, Any]) -> None:
    assert set(rooms) == set(pyproject["tool"]["importlinter"]["root_packages"]) - NOT_SHIPPED


def test_it_holds_every_file_of_its_rooms_and_nothing_else(names: set[str], rooms: list[str], root: Path) -> None:
    files = (file for room in rooms for file in (root / room).rglob("*") if file.is_file())
    wanted = {file.relative_to(root).as_posix() for file in files if "__pycache__" not in file.parts}
    assert {name for name in names if ".dist-info/" not in name} == wanted


@pytest.mark.parametrize(
    "needed",
    [
        "chaos/report/templates/report.css",
        "chaos/report/templates/report.html.j2",
        "faces/color.proto",
        "faces/color_pb2.py",
        "faces/page/index.html",
        "faces/page/main.js",
        "faces/page/page.css",
        "manifests/base/kustomization.yaml",
        "manifests/cluster/services.yaml",
        "manifests/monitoring/rules.yml",
        "manifests/overlays/linkerd/routes.yaml",
        "manifests/overlays/traefik/traefik.yaml",
        "platforms/bare/manifests/coredns.yaml",
        "platforms/install/Containerfile",
        "platforms/install/tools/kind/go.mod",
        "platforms/install/requirements-app.txt",
        "platforms/install/tools/gateway-api/crds.go",
        "platforms/install/tools/kubernetes/go.mod",
        "platforms/install/tools/kubernetes/go.sum",
        "platforms/install/tools/pause/main.go",
        "platforms/install/versions.toml",
    ],
)
def test_it_holds_what_is_read_at_run_time(names: set[str], needed: str) -> None:
    assert needed in names


def test_every_room_says_that_it_is_typed(names: set[str], rooms: list[str]) -> None:
    assert {f"{room}/py.typed" for room in rooms} <= names


def test_its_metadata_names_the_license_the_extra_and_the_command(metadata: Message, wheel: zipfile.ZipFile) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata.get_all("Provides-Extra") == ["platform"]
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "faces = faces.cli.entry:main" in wheel.read(name).decode()


def test_the_license_is_the_apache_license_as_a_whole(root: Path) -> None:
    text = (root / "LICENSE").read_text()
    assert text.lstrip().startswith("Apache License\n                           Version 2.0, January 2004")
    assert "END OF TERMS AND CONDITIONS" in text
    assert "APPENDIX: How to apply the Apache License to your work." in text


@pytest.mark.parametrize(
    "folder",
    [manifests.BASE, manifests.TRAEFIK, manifests.LINKERD, manifests.MONITORING],
    ids=lambda one: one.name,
)
def test_the_folders_of_manifests_are_kustomizations(folder: Path) -> None:
    assert (folder / "kustomization.yaml").is_file()
