"""The sheets of conditions, and what is made of them, without Argo's own code."""

import math
from pathlib import Path

import pytest

from conformance.conditions.asking import as_asked, embedded, measured, rows
from conformance.conditions.drawing import draw
from conformance.conditions.questions import Question, Sheet, load
from rollouts.conditions import Floats

QUESTIONS = load()


def test_there_are_enough_of_them_of_every_kind() -> None:
    assert len(QUESTIONS) >= 400
    assert {one.kind for one in QUESTIONS} == {"json", "scalar", "vector"}
    assert {(bool(one.success), bool(one.failure)) for one in QUESTIONS} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }


@pytest.mark.timeout(90)  # two seconds; five times as long when coverage is measured
def test_the_engine_has_an_answer_to_each_of_them() -> None:
    phases = {embedded(one).decision for one in QUESTIONS}
    assert phases == {"Successful", "Failed", "Inconclusive", "Error"}


def test_each_condition_is_asked_about_each_result() -> None:
    sheet = Sheet(
        results={"good": {"vector": [1]}, "none": {"json": None}},
        questions={
            "first": {"of": ["good", "none"], "success": "result > 1\n\n  true \n"},
            "second": {"of": ["none"], "failure": ["a\nb"], "both": [{"success": "x", "failure": "y"}, {}]},
        },
    )
    assert list(sheet.asked()) == [
        Question("result > 1", "", "vector", [1]),
        Question("true", "", "vector", [1]),
        Question("result > 1", "", "json", None),
        Question("true", "", "json", None),
        Question("", "a\nb", "json", None),
        Question("x", "y", "json", None),
        Question("", "", "json", None),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("results: {one: {vektor: []}}\nquestions: {}", r"results\.one"),
        ("results: {one: {scalar: 1, json: 1}}\nquestions: {}", "'one' has to be exactly one of json"),
        ("results: {}\nquestions: {all: {of: [one], success: 'true'}}", "'one', which is not in this file"),
        ("results: {}\nquestions: {all: {on: []}}", r"questions\.all\.of"),
        (
            "results: {one: {scalar: 1}}\nquestions: {all: {of: [one, one], success: 'true'}}",
            "asked twice: success: true",
        ),
    ],
)
def test_a_file_that_is_no_sheet_is_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "broken.yaml").write_text(text)
    with pytest.raises(ValueError, match=rf"broken\.yaml: .*{problem}"):
        load(tmp_path)


def test_a_question_is_told_in_one_line() -> None:
    assert str(Question("a", "b", "vector", [math.nan])) == "success: a; failure: b; vector: [NaN]"
    assert str(Question("", "", "json", {"é": None})) == 'no condition; json: {"é": null}'
    long = Question("a", "", "json", "x" * 100)
    assert str(long) == f'success: a; json: "{"x" * 59}…'
    assert long.whole == f'success: a; json: "{"x" * 100}"'


def test_results_are_what_providers_hand_on() -> None:
    vector, scalar, json = (
        measured(Question("", "", kind, result))
        for kind, result in (("vector", [1]), ("scalar", 2), ("json", {"a": 3}))
    )
    assert isinstance(vector, Floats)
    assert [type(one) for one in (vector[0], scalar, json["a"])] == [float, float, float]  # type: ignore[index]


def test_both_sides_are_asked_the_same() -> None:
    question = Question("result[0] >= 0.95", "result > 1", "vector", [0.5])
    assert as_asked(question) == {
        "kind": "condition",
        "as": "vector",
        "result": [0.5],
        "successCondition": "result[0] >= 0.95",
        "failureCondition": "result > 1",
    }
    (row,) = rows([question], [{"phase": "Error", "error": "other words"}])
    assert row.judged_alike
    assert row.difference is not None
    assert row.embedded.words.startswith('could not evaluate failureCondition "result > 1": ')


def test_random_ones_are_the_same_for_the_same_seed() -> None:
    assert draw(50, 1) == draw(50, 1) != draw(50, 2)


def test_random_ones_are_different_and_some_of_them_have_an_answer() -> None:
    drawn = draw(200, 1)
    assert len({one.whole for one in drawn}) == 200
    assert {embedded(one).decision for one in drawn} >= {"Successful", "Failed", "Error"}
