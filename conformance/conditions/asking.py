"""Asks both sides all questions about conditions."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conformance import argo
from conformance.conditions.drawing import draw
from conformance.conditions.questions import Question, load
from conformance.table import Answer, Row, Table
from rollouts.analysis import evaluate_result
from rollouts.conditions import Floats
from rollouts.golang.json import read_json

# Random questions for each random scenario.
_DRAWN = 10
_ABOUT = """\
Each question is a success condition, a failure condition, both or neither, and the result of a measurement (of a web
provider, or a scalar or a vector of Prometheus). Argo Rollouts' own `EvaluateResult` answers it, and so does the
engine's `evaluate_result`. Both must give the measurement the same phase; the text of an Error is compared as well, but
counted separately.

Questions without a single answer are not asked (the present time, the order of a map's keys). Neither are those that
the engine refuses as unsupported: `now()`, time zones other than UTC, some methods of times, and some spellings of
Unicode's classes in regular expressions."""


def compare(generated: int, seed: int, say: Callable[[str], None]) -> Table:
    """All questions of the sheets, and ten random ones for each random scenario. Raises what `argo.ask` raises."""
    by_hand, drawn = load(), draw(_DRAWN * generated, seed)
    answers = argo.ask(map(as_asked, [*by_hand, *drawn]), say)
    told = [*rows(by_hand, answers[: len(by_hand)]), *rows(drawn, answers[len(by_hand) :], drawn=True)]
    return Table("conditions", _ABOUT, tuple(told))


def rows(questions: Iterable[Question], answers: Iterable[argo.Answer], *, drawn: bool = False) -> Iterator[Row]:
    for question, answer in zip(questions, answers, strict=True):
        yield Row(str(question), Answer(answer["phase"], answer.get("error", "")), embedded(question), drawn)


def as_asked(question: Question) -> Mapping[str, Any]:
    """The question as `oracle/main.go` reads it."""
    return {
        "kind": "condition",
        "as": question.kind,
        "result": question.result,
        "successCondition": question.success,
        "failureCondition": question.failure,
    }


def embedded(question: Question) -> Answer:
    phase, message = evaluate_result(question.success, question.failure, measured(question))
    return Answer(phase.value, message)


def measured(question: Question) -> object:
    """The measured value in the type that the engine's providers use."""
    if question.kind == "vector":
        return Floats(map(float, question.result))
    if question.kind == "scalar":
        return float(question.result)
    return read_json(json.dumps(question.result))
