"""How faults are refused: one sentence that names the field and what it may be.

ValueError
  FaultsRefusedError      well-formed, but no model of faults; knows its field
  MalformedJSONError      no JSON at all, or JSON that says one thing twice
"""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


class FaultsRefusedError(ValueError):
    def __init__(self, field: str, sentence: str, problem: str) -> None:
        super().__init__(sentence)
        self.field = field
        # The part of the sentence after the field's name, for those who know the field by another one.
        self.problem = problem


class MalformedJSONError(ValueError):
    pass


def refusal(error: ValidationError, model: type[BaseModel]) -> FaultsRefusedError:
    """The first problem of a pydantic error, as it would be said of JSON, as a sentence."""
    problems = error.errors(include_url=False)
    # A misspelt field is also a missing one; the misspelling is the better news.
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    path = list(first["loc"])
    field = ".".join(str(part) for part in path)
    problem = _problem(first, path, model)
    return FaultsRefusedError(field, f"{field or 'The model of faults'} {problem}.", problem)


def _problem(first: ErrorDetails, path: list[Any], model: type[BaseModel]) -> str:
    if first["type"] == "extra_forbidden":
        return f"is unknown here; known are {', '.join(_siblings(path, model))}"
    if first["type"] == "missing":
        return "is missing; give it a value"
    if first["type"] in ("model_type", "model_attributes_type"):
        return f"must be a JSON object, not {first['input']!r}"
    if first["type"] in ("too_short", "string_too_short"):
        return "must not be empty; leave it out instead"
    complaint = first["msg"].removeprefix("Input ").removeprefix("Value ")
    return f"{complaint}, not {_shortened(first['input'])}"


def _siblings(path: list[Any], model: type[BaseModel]) -> list[str]:
    if len(path) == 1:
        return list(model.model_fields)
    union = model.model_fields[path[0]].annotation
    return [name for part in get_args(union) for name in getattr(part, "model_fields", ())]


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
