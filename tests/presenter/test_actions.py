from typing import Any

import pytest

from presenter.actions import KINDS, Clear, Grid, Inject, Load, Release, Reset, read_action
from seam.errors import ManifestError


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("reset", Reset()),
        ({"reset": {}}, Reset()),
        ({"clear": None}, Clear()),
        ({"release": {"as": "good", "workload": "color"}}, Release(release="good", workload="color")),
        ({"load": {"rate": 80, "shape": "burst"}}, Load(rate=80, shape="burst")),
        ({"grid": {"rows": 40, "cols": 1}}, Grid(rows=40, cols=1)),
        ({"inject": {"faults": {"error": {"fraction": 40}}}}, Inject(faults={"error": {"fraction": 40}})),
    ],
)
def test_an_action_is_a_word_or_one_key(given: Any, meant: Any) -> None:
    assert read_action(given) == meant


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ("explode", "talk.yaml: act 2: 'explode' is nothing to do; choose one of release, promote"),
        ({"a": 1, "b": 2}, "is nothing to do"),
        (["reset"], "is nothing to do"),
        ({"release": {"as": ""}}, "release.as"),
        ({"release": {"as": "good", "speed": 3}}, "talk.yaml: act 2: release.speed"),
        ({"release": "good"}, "talk.yaml: act 2: release:"),
        ({"load": {"rate": 0}}, "load.rate"),
        ({"load": {"rate": float("nan")}}, "load.rate"),
        ({"load": {"rate": "80"}}, "load.rate"),
        ({"grid": {"rows": 41, "cols": 1}}, "grid.rows"),
        ({"grid": {"rows": True, "cols": 1}}, "grid.rows"),
        ({"inject": {}}, "give either as, with a release's name, or faults"),
        ({"inject": {"as": "hang", "faults": {"hang": {"fraction": 1}}}}, "give either as"),
        ({"inject": {"faults": {"eror": {"fraction": 40}}}}, "eror"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(given: Any, refused: str) -> None:
    with pytest.raises(ManifestError) as error:
        read_action(given, "talk.yaml", "act 2")
    assert refused in str(error.value)


def test_each_kind_has_a_type_of_its_own() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
