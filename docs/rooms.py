"""docs/rooms.svg: the rooms of the tree and who imports whom, read from the code's own imports.

    PYTHONPATH=. .venv/bin/python docs/rooms.py        (needs Graphviz: apt-get install graphviz)

Arrows to the seam are left out: everybody above the ground floor has one, but for the app.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import grimp

from chaos.report.palette import BLUE, GREEN, GREY, INK, YELLOW

FILE = Path(__file__).parent / "rooms.svg"
# Each floor from the top, and its rooms; a package inside another one is a room of its own.
FLOORS = (
    ("the proofs and the front door", YELLOW, ("e2e", "faces.cli", "conformance")),
    ("on stage", GREEN, ("presenter",)),
    (
        "where it runs",
        BLUE,
        (
            *("platforms.kind", "platforms.bare", "platforms.install", "platforms.machine"),
            *("platforms.kube", "platforms.embedded", "platforms"),
        ),
    ),
    ("what is tried", GREEN, ("chaos.experiment", "chaos.report", "chaos.record", "chaos.catalogue")),
    ("the ground floor", GREY, ("faces", "loadgen", "rollouts", "manifests", "seam")),
)
ROOMS = tuple(room for _, _, rooms in FLOORS for room in rooms)
WORDS = {
    "faces": "faces\\nthe app",
    "faces.cli": "faces.cli\\nthe command line",
    "loadgen": "loadgen\\nvisitors",
    "rollouts": "rollouts\\nthe engine",
    "seam": "seam\\nwhat everybody may know",
    "platforms": "platforms\\nthe registry",
}


class Import(NamedTuple):
    """One room imports another."""

    importer: str
    imported: str


def imports() -> set[Import]:
    """Between rooms, those of the seam left out."""
    packages = {room.split(".")[0] for room in ROOMS}
    graph = grimp.build_graph(*sorted(packages), cache_dir=None)
    found = {
        Import(room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {one for one in found if one.imported not in {one.importer, "seam"}}


def room_of(module: str) -> str:
    inside = [room for room in ROOMS if module == room or module.startswith(f"{room}.")]
    return max(inside, key=len)


def dot(arrows: Iterable[Import]) -> str:
    lines = [
        "digraph rooms {",
        f'graph [rankdir=TB, newrank=true, fontname="Helvetica", fontcolor="{INK}", nodesep=0.35, ranksep=0.7];',
        f'node [shape=box, style="filled,rounded", fontname="Helvetica", fontcolor="{INK}", color="{INK}"];',
        f'edge [color="{INK}", arrowsize=0.7];',
    ]
    for number, (title, colour, rooms) in enumerate(FLOORS):
        lines.append(f'subgraph cluster_{number} {{ label="{title}"; style=rounded; color="{colour}"; penwidth=2;')
        lines += [f'"{room}" [label="{WORDS.get(room, room)}", fillcolor="{colour}33"];' for room in rooms]
        lines.append("}")
    lines += [f'"{importer}" -> "{imported}";' for importer, imported in sorted(arrows)]
    # The ground floor lies below the others, and the seam below all.
    *ground, seam = FLOORS[-1][2]
    lines.append("{rank=same; " + " ".join(f'"{room}";' for room in ground) + "}")
    lines += [f'"{above}" -> "{room}" [style=invis];' for above in ("platforms", "chaos.catalogue") for room in ground]
    lines += [f'"{room}" -> "{seam}" [style=invis];' for room in ground]
    return "\n".join([*lines, "}"])


def main() -> None:
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot(imports()), capture_output=True, text=True, check=False)
    if drawn.returncode:
        sys.exit(drawn.stderr)
    FILE.write_text(drawn.stdout)


if __name__ == "__main__":
    main()
