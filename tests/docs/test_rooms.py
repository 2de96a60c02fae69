"""The picture of the rooms in docs/architecture.md shows who really imports whom."""

import xml.etree.ElementTree as ET

import pytest

from docs.rooms import FILE, Import, dot, imports

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.timeout(60)
def test_the_picture_shows_every_import_between_rooms_and_no_other() -> None:
    """Else draw it again: PYTHONPATH=. .venv/bin/python docs/rooms.py."""
    assert drawn() == imports()


def test_no_room_imports_one_above_it() -> None:
    floors = {"e2e": 0, "faces.cli": 0, "conformance": 0, "faces": 2, "loadgen": 2, "rollouts": 2, "manifests": 2}
    assert all(floors.get(one.importer, 1) <= floors.get(one.imported, 1) for one in imports())


def test_the_picture_names_both_ends_of_an_arrow() -> None:
    assert '"chaos.report" -> "chaos.record";' in dot({Import("chaos.report", "chaos.record")})


def drawn() -> set[Import]:
    """What Graphviz made of it: a group for each arrow that is seen, whose title names both ends."""
    found = set()
    for group in ET.parse(FILE).getroot().iter(f"{SVG}g"):
        if group.get("class") == "edge" and group.find(f"{SVG}path") is not None:
            importer, _, imported = (group.findtext(f"{SVG}title") or "").partition("->")
            found.add(Import(importer, imported))
    return found
