import xml.etree.ElementTree as ET

import pytest

from conformance.scenario import load
from docs.state_machine import FILE, Move, dot, moves

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.timeout(60)
def test_the_picture_shows_every_move_of_the_engine_and_no_other() -> None:
    """Else draw it again: PYTHONPATH=. .venv/bin/python docs/state_machine.py."""
    assert drawn() == set(moves(load()))


def test_several_causes_of_one_move_share_an_arrow() -> None:
    picture = dot({Move("Progressing", "Healthy", "promoted"): "a", Move("Progressing", "Healthy", "release"): "b"})
    assert '"Progressing" -> "Healthy" [label="promoted\\nrelease"]' in picture


def drawn() -> set[Move]:
    """What Graphviz made of it: a group for each arrow, whose title names both ends."""
    found = set()
    for group in ET.parse(FILE).getroot().iter(f"{SVG}g"):
        if group.get("class") == "edge":
            before, _, after = (group.findtext(f"{SVG}title") or "").partition("->")
            found |= {Move(before, after, text.text or "") for text in group.iter(f"{SVG}text")}
    return found
