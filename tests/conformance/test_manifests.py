"""The cases that are written down, what is drawn of them, and how two verdicts are compared; without Argo's code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.manifests.asking import rows
from conformance.manifests.cases import Case, load
from conformance.manifests.drawing import draw, places
from conformance.manifests.verdicts import ACCEPTED, API_SERVER, ARGO, ENGINE, Verdict, embedded, real
from rollouts.schema import ANALYSIS_TEMPLATE, ROLLOUT, checking
from rollouts.schema.fitting import fits

CASES = load()
STEPS = "spec.strategy.canary.steps"


def case(what: str) -> Case:
    return next(one for one in CASES if one.what == what)


def refused(by: str, text: str, **problem: str) -> Mapping[str, Any]:
    return {"refusedBy": by, "problems": [{"text": text, **problem}]}


def row(one: Case, answer: Mapping[str, Any]) -> tuple[bool, str]:
    (compared,) = rows([one], [answer])
    return compared.judged_alike, compared.apart


def test_there_are_enough_of_them_and_each_is_there_once() -> None:
    assert len(CASES) >= 170
    assert len({one.what for one in CASES}) == len(CASES)
    assert {one.kind for one in CASES} == {"rollout", "release", "analysistemplate"}
    broken = [one for one in CASES if embedded(one).who in (API_SERVER, ARGO)]
    assert len(broken) >= 150


def test_the_controls_are_accepted() -> None:
    controls = ("a plain canary", "a routed canary", "a blue-green rollout", "a template")
    found = {one.what: embedded(one) for one in CASES if one.what.partition(",")[0] in controls}
    assert len(found) >= 30
    assert {what: verdict for what, verdict in found.items() if verdict != ACCEPTED} == {}


def test_the_same_seed_draws_the_same_ones() -> None:
    first, again, other = (draw(CASES, 20, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 20
    assert all("; then " in one.what for one in first)


def test_no_random_one_is_an_accident() -> None:
    told = {embedded(one).who for one in draw(CASES, 400, 3)}
    assert told == {"", API_SERVER, ARGO, ENGINE}


def test_what_fits_its_shape_at_first_sight_does_so_when_it_is_looked_at_closely() -> None:
    shapes = {"rollout": ROLLOUT, "analysistemplate": ANALYSIS_TEMPLATE}
    alone = [one for one in [*CASES, *draw(CASES, 400, 5)] if one.kind != "release"]
    fitting = [one for one in alone if fits(one.manifest, shapes[one.kind])]
    assert len(fitting) > 300
    for one in fitting:
        shape, named = shapes[one.kind], {**one.manifest, "metadata": {"name": "app"}}
        assert checking._checked(named, shape) == checking._kept(named, shape)


def test_drawing_leaves_the_case_as_it_is() -> None:
    before = [repr(one) for one in CASES]
    draw(CASES, 50, 4)
    assert [repr(one) for one in CASES] == before


def test_every_place_is_found() -> None:
    assert set(places({"a": [1, {"b": None}]})) == {("a",), ("a", 0), ("a", 1), ("a", 1, "b")}


def test_argos_text_may_begin_with_the_value_and_its_path_without_the_strategy() -> None:
    text = "Invalid value: 101: SetWeight needs to be between 0 and 100"
    path = "spec.strategy.steps[0].setWeight"
    one = case("steps of a canary, a weight over 100")
    assert embedded(one) == Verdict(ARGO, path, "SetWeight needs to be between 0 and 100")
    assert row(one, refused("rules", text, path=path)) == (True, "")
    assert row(one, refused("rules", text, path="spec.replicas")) == (False, "")
    assert row(one, refused("rules", "Invalid value: 101: something else", path=path)) == (False, "")
    assert row(one, refused("schema", text, path=path)) == (False, "")
    assert row(one, {}) == (False, "")


def test_of_several_problems_of_a_shape_the_one_that_the_engine_names_counts() -> None:
    one = case("types that are wrong, replicas as text")
    ours = embedded(one)
    problems = [
        {"path": "spec.paused", "type": "Invalid value", "text": "Invalid value: ..."},
        {"path": "spec.replicas", "type": "Invalid value", "text": ours.words},
    ]
    assert row(one, {"refusedBy": "schema", "problems": problems}) == (True, "")
    assert row(one, {"refusedBy": "schema", "problems": problems[:1]}) == (False, "")
    # Argo's rules come in an order, and its controller tells the first.
    other = case("steps of a canary, the second step is told first")
    told = [{"path": f"spec.strategy.steps[{i}]", "text": "wrong"} for i in (0, 1)]
    assert real({"refusedBy": "rules", "problems": told}, embedded(other)).field == "spec.strategy.steps[0]"


@pytest.mark.parametrize(
    ("what", "text", "alike"),
    [
        ("metadata, a label that is a number", "number into Go struct field ObjectMeta.labels of type string", True),
        ("metadata, a label that is a number", "number into Go struct field ObjectMeta.name of type string", False),
        ("types that are wrong, the metadata as text", "string into Go value of type v1.ObjectMeta", True),
        ("types that are wrong, more replicas than fit", "number 3 into Go struct field A.spec.replicas of type", True),
        ("types that are wrong, more replicas than fit", "number 3 into Go struct field A.spec.repl of type", False),
    ],
)
def test_an_error_of_gos_own_is_about_the_field_that_it_is_in(what: str, text: str, *, alike: bool) -> None:
    assert row(case(what), refused("schema", f"json: cannot unmarshal {text}"))[0] is alike


def test_what_the_engine_refuses_by_name_stands_apart_where_argo_accepts_it() -> None:
    one = case("routers, Istio")
    assert embedded(one).who == ENGINE
    assert row(one, {}) == (False, "Istio as a traffic router")
    assert row(one, refused("rules", "Invalid value: 1: something", path="spec")) == (False, "")
    template = case("what the engine leaves to Argo, two plugins")
    assert row(template, refused("rules", "Analysis spec invalid: metrics[0]: multiple providers specified")) == (
        False,
        "the metric provider plugin",
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: {of: nothing, cases: {}}\n", "there is no manifest 'nothing'"),
        ("a: {of: rollout, case: {}}\n", "sheet.yaml: a: case: Extra inputs"),
        ("a: {of: rollout, cases: {b: {}}, set: {b: {}}}\n", "this case is there twice: a, b"),
        ("a: [\n", "sheet.yaml: YAML: line 2"),
    ],
)
def test_a_file_that_is_no_sheet_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "sheet.yaml").write_text(text)
    with pytest.raises(ValueError, match=complaint):
        load(tmp_path)
