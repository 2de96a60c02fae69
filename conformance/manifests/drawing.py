"""Random manifests: those of the sheets with one more change somewhere. The same seed gives the same ones."""

import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from conformance.manifests.cases import Case
from conformance.manifests.verdicts import API_SERVER, embedded

Place = tuple[str | int, ...]

_VALUES: list[Any] = [
    None, True, False, -1, 0, 1, 2, 101, 3_000_000_000, 1.0, 1.5, "", "x", "5", "-1", "25%", "1d", "10s", "A_b",
    "{{x}}",    [], {}, [None], [{}], {"x": 1}, {"name": "x"}, ["x", "x"],
]  # fmt: skip
_NAMES = ["name", "value", "weight", "x", "Replicas"]
# Fields that do not affect the rollout.
_HEAD = ("apiVersion", "kind")


def draw(cases: Sequence[Case], number: int, seed: int) -> list[Case]:
    """Changes only manifests that match the schema: of two errors, either could be reported first."""
    chance, sound = random.Random(seed), [case for case in cases if _may_be_changed(case)]
    return [_changed(chance, chance.choice(sound)) for _ in range(number)]


def _may_be_changed(case: Case) -> bool:
    return case.kind != "release" and embedded(case).who != API_SERVER


def _changed(chance: random.Random, case: Case) -> Case:
    manifest = deepcopy(case.manifest)
    place = chance.choice([one for one in places(manifest) if one[0] not in _HEAD])
    how = _change(chance, manifest, place)
    return Case(f"{case.what}; then {how}", case.kind, manifest)


def _change(chance: random.Random, manifest: Any, place: Place) -> str:
    *around, last = place
    part = manifest
    for name in around:
        part = part[name]
    where = _path(place)
    match chance.choice(["value", "value", "lose", "call"]):
        case "lose":
            del part[last]
            return f"without {where}"
        case "call" if isinstance(part, dict):
            name = chance.choice(_NAMES)
            part[name] = part.pop(last)
            return f"{where} called {name}"
    part[last] = deepcopy(chance.choice(_VALUES))
    return f"{where} = {part[last]!r}"


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The paths of every field and every item of a list."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*at, name)
        yield from places(child, (*at, name))


def _path(place: Place) -> str:
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in place).removeprefix(".")
