"""The questions in files: each sheet has results, and conditions to evaluate on them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent / "sheets"

_SHOWN = 60

Kind = Literal["json", "scalar", "vector"]


@dataclass(frozen=True, slots=True)
class Question:
    """`kind` is the form of the result: JSON, the number of a Prometheus scalar, or the numbers of a vector."""

    success: str
    failure: str
    kind: Kind
    result: Any

    def __str__(self) -> str:
        """One line, with a long result cut off."""
        result = json.dumps(self.result, ensure_ascii=False)
        return self._told(result if len(result) <= _SHOWN else f"{result[:_SHOWN]}…")

    @property
    def whole(self) -> str:
        """One line with the entire result, which identifies the question."""
        return self._told(json.dumps(self.result))

    def _told(self, result: str) -> str:
        conditions = (("success", self.success), ("failure", self.failure))
        told = [f"{name}: {expression}" for name, expression in conditions if expression] or ["no condition"]
        return f"{'; '.join(told)}; {self.kind}: {result}"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _lines(written: object) -> object:
    """One expression on each line of a text, or a list of expressions that are longer than a line."""
    if isinstance(written, str):
        return tuple(stripped for line in written.splitlines() if (stripped := line.strip()))
    return written


Expressions = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_lines)]


class _Pair(_Part):
    success: str = ""
    failure: str = ""


class _Group(_Part):
    """Every condition is evaluated on every result."""

    of: Annotated[tuple[str, ...], Field(strict=False)]
    success: Expressions = ()
    failure: Expressions = ()
    both: Annotated[tuple[_Pair, ...], Field(strict=False)] = ()

    def pairs(self) -> Iterator[_Pair]:
        yield from (_Pair(success=expression) for expression in self.success)
        yield from (_Pair(failure=expression) for expression in self.failure)
        yield from self.both


class Sheet(_Part):
    """`results` is by name; each has its kind, as in `{vector: [0.98]}`."""

    results: Mapping[str, Mapping[Kind, Any]]
    questions: Mapping[str, _Group]

    @model_validator(mode="after")
    def _one_of_a_kind(self) -> Self:
        for name, result in self.results.items():
            if len(result) != 1:
                raise ValueError(f"the result {name!r} has to be exactly one of json, scalar and vector")
        for title, group in self.questions.items():
            for name in group.of:
                if name not in self.results:
                    raise ValueError(f"{title!r} names the result {name!r}, which is not in this file")
        return self

    def asked(self) -> Iterator[Question]:
        for group in self.questions.values():
            for name in group.of:
                ((kind, result),) = self.results[name].items()
                for pair in group.pairs():
                    yield Question(pair.success, pair.failure, kind, result)


def load(folder: Path = FOLDER) -> list[Question]:
    """All questions of all files. Raises ValueError for a file that is not a sheet and for a repeated question."""
    asked: dict[str, Question] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            sheet = Sheet(**yaml.safe_load(file.read_text()))
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"])
            raise ValueError(f"{file}: {field}: {problem['msg']}.") from error
        for question in sheet.asked():
            if question.whole in asked:
                raise ValueError(f"{file}: this question is asked twice: {question}.")
            asked[question.whole] = question
    return list(asked.values())
