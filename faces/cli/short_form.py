"""Faults in short: `error=40% cells=edge` is `{"error": {"fraction": 40, "cells": "edge"}}`.

    KIND=VALUE[:VALUE...]   a fault; its values are its own fields, in the order in which its file has them
    KIND                    a fault that needs no value
    FIELD=VALUE             a field of the fault before it; before the first fault: of every fault that follows

No kind of fault is known here: all of it is read from the description that each gives of itself.
"""

import json
from typing import TYPE_CHECKING, Any

from faces.cli.quantities import QuantityError, read, written
from faces.faults import FaultsRefusedError, parse_model
from faces.faults.describing import COMMON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from faces.faults.describing import Kind, Setting

_NARROWED = "cells=edge error=40%"

Faults = dict[str, dict[str, Any]]


class ShortFormError(ValueError):
    """A sentence that names the word, what it may be, and an example."""


def parse(words: "Sequence[str]", kinds: "Sequence[Kind]") -> Faults:
    """The faults as JSON, in the order of the words."""
    known = {kind.name: kind for kind in kinds}
    faults: Faults = {}
    word_of: dict[str, str] = {}  # by fault
    of_all: dict[str, Any] = {}
    kind: Kind | None = None
    for word in words:
        name, equals, text = word.partition("=")
        if name in known:
            kind = known[name]
            if name in faults:
                raise ShortFormError(f"{word}: {name} was given already, by {word_of[name]}; say it once.")
            faults[name], word_of[name] = _values(kind, word, text if equals else None), word
        else:
            setting = _setting(word, kind, known)
            fields = of_all if kind is None else faults[kind.name]
            if setting.name in fields:
                raise ShortFormError(f"{word}: {setting.name} was given already; say it once for each fault.")
            fields[setting.name] = _read(word, setting, text, _example(kind) if kind else _NARROWED)
    if not faults:
        raise ShortFormError(f"{words[-1]} is no fault and none follows it; for example {_NARROWED}.")
    faults = {name: of_all | fields for name, fields in faults.items()}
    for name, fields in faults.items():
        _check(known[name], fields, word_of[name])
    return faults


def write(faults: "Mapping[str, Mapping[str, Any]]", kinds: "Sequence[Kind]") -> list[str]:
    """The words that `parse` reads as these faults."""
    known = {kind.name: kind for kind in kinds}
    words = []
    for name, fields in faults.items():
        own = _own(known[name])
        # A value without a name can only stand where those before it do.
        count = next((index for index, one in enumerate(own) if one.name not in fields), len(own))
        values = [written(one, fields[one.name]) for one in own[:count]]
        words.append(name + ("=" + ":".join(values) if values else ""))
        placed = {one.name for one in own[:count]}
        words += [
            f"{one.name}={written(one, fields[one.name])}"
            for one in known[name].fields
            if one.name in fields and one.name not in placed
        ]
    return words


def example(kind: "Kind", kinds: "Sequence[Kind]") -> str:
    """The kind's own example, in short."""
    return " ".join(write(json.loads(kind.example), kinds))


def completions(kinds: "Sequence[Kind]") -> dict[str, str]:
    """Words that one can begin with, each with a sentence: the faults with the values of their examples, and the
    choices of the fields that every fault has.
    """
    faults = {_example(kind): kind.summary for kind in kinds}
    common = _common({kind.name: kind for kind in kinds})
    return faults | {f"{one.name}={choice}": one.description for one in common for choice in one.choices}


def _common(known: "Mapping[str, Kind]") -> "list[Setting]":
    return [setting for setting in next(iter(known.values())).fields if setting.name in COMMON]


def _own(kind: "Kind") -> "list[Setting]":
    """The fields whose values need no name: those that only this kind has."""
    return [setting for setting in kind.fields if setting.name not in COMMON]


def _example(kind: "Kind") -> str:
    return " ".join(write({kind.name: json.loads(kind.example)[kind.name]}, [kind]))


def _values(kind: "Kind", word: str, text: str | None) -> dict[str, Any]:
    """What stands behind `KIND=`; None: nothing does."""
    if text is None:
        return {}
    own, values = _own(kind), text.split(":")
    if len(values) > len(own):
        takes = f"no more than {':'.join(one.name for one in own)}" if own else "no value"
        raise ShortFormError(f"{word}: {kind.name} takes {takes}, for example {_example(kind)}.")
    return {one.name: _read(word, one, value, _example(kind)) for one, value in zip(own, values, strict=False)}


def _setting(word: str, kind: "Kind | None", known: "Mapping[str, Kind]") -> "Setting":
    """The field that a word names, which is no kind of fault."""
    name = word.partition("=")[0]
    fields = kind.fields if kind is not None else _common(known)
    setting = next((one for one in fields if one.name == name), None)
    if setting is not None:
        return setting
    whose = f"fields of {kind.name}" if kind is not None else "fields of most faults"
    example = _example(kind or known.get("error") or next(iter(known.values())))
    raise ShortFormError(
        f"{word}: there is no fault or field {name!r}. Faults are {', '.join(known)}; {whose} are "
        f"{', '.join(one.name for one in fields)}. For example {example}."
    )


def _read(word: str, setting: "Setting", text: str, example: str) -> Any:
    try:
        return read(setting, text)
    except QuantityError as error:
        raise ShortFormError(f"{word}: {error} {setting.values}, for example {example}.") from error


def _check(kind: "Kind", fields: "Mapping[str, Any]", word: str) -> None:
    missing = next((one for one in kind.fields if one.required and one.name not in fields), None)
    if missing is not None:
        raise ShortFormError(f"{word}: {missing.name} is missing: {missing.values}, for example {_example(kind)}.")
    try:  # what only the fault itself knows, such as a field that must not be without another
        parse_model(json.dumps({kind.name: fields}))
    except FaultsRefusedError as error:
        raise ShortFormError(f"{word}: {error} For example {_example(kind)}.") from error
