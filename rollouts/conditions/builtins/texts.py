"""Builtins on strings, and the conversions from and to them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from rollouts.conditions.builtins.signatures import Builtin, Frame, Signature, overloads
from rollouts.conditions.conversions import as_int, as_string
from rollouts.conditions.errors import ConditionError
from rollouts.golang import values
from rollouts.golang.json import read_json
from rollouts.golang.text import display, json_text
from rollouts.golang.types import ANY, ANYS, BOOL, INT, STRING, STRINGS, UNKNOWN, Type

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_REPEAT = 1_000_000
_ALONE = {"İ": "i"}


def _on_text(name: str, result: Type, run: Callable[..., Any], *counts: int) -> Builtin:
    """A builtin whose arguments are all strings; `counts` are the numbers of them that it takes."""

    def of_strings(*arguments: object) -> Any:
        return run(*map(as_string, arguments))

    return Builtin(overloads(name, *(Signature((STRING,) * count, result) for count in counts)), of_strings)


def _by_character(change: Callable[[str], str]) -> Callable[[str], str]:
    """Go maps one character to one; Python would make two of an `ß`."""
    return lambda text: "".join(new if len(new := change(char)) == 1 else _ALONE.get(char, char) for char in text)


def _pieces(text: str, separator: str, limit: int, *, keep: bool) -> values.Strings:
    if limit == 0:
        return values.Strings()
    pieces = list(text) if not separator else text.split(separator)
    if 0 < limit < len(pieces):
        pieces = [*pieces[: limit - 1], separator.join(pieces[limit - 1 :])]
    if keep and separator:
        pieces = [piece + separator for piece in pieces[:-1]] + pieces[-1:]
    return values.Strings(pieces)


def _splitting(name: str, *, keep: bool) -> Builtin:
    def run(text: object, separator: object, limit: object = -1) -> values.Strings:
        return _pieces(as_string(text), as_string(separator), as_int(limit), keep=keep)

    two, three = Signature((STRING, STRING), STRINGS), Signature((STRING, STRING, INT), STRINGS)
    return Builtin(overloads(name, two, three), run)


def _replace(text: object, old: object, new: object, limit: object = -1) -> str:
    return as_string(text).replace(as_string(old), as_string(new), as_int(limit))


def _repeat(frame: Frame, text: object, times: object) -> str:
    word, count = as_string(text), as_int(times)
    if count < 0:
        raise ConditionError(f"invalid argument for repeat (expected positive integer, got {count})")
    if count > _MAX_REPEAT:
        raise ConditionError("memory budget exceeded")
    frame.spend(len(values.raw(word)) * count)
    return word * count


def _join(pieces: object, glue: object = "") -> str:
    between = as_string(glue)
    if not isinstance(pieces, list) or isinstance(pieces, values.Ints | values.Floats):
        given = "%!s(<nil>)" if pieces is None else values.type_name(pieces)
        raise ConditionError(f"invalid argument for join (type {given})")
    return values.joined(between.join(map(as_string, pieces)))


def _byte_index(find: Callable[[bytes, bytes], int]) -> Callable[[str, str], int]:
    return lambda text, part: find(values.raw(text), values.raw(part))


def _to_json(value: object) -> str:
    try:
        return json_text(value, indent="  ")
    except ValueError as error:
        raise ConditionError(str(error)) from None


def _from_json(text: object) -> object:
    try:
        return read_json(as_string(text))
    except ValueError as error:
        raise ConditionError(str(error)) from None


def _to_base64(text: str) -> str:
    return base64.b64encode(values.raw(text)).decode()


_QUARTETS = re.compile(r"(?:[A-Za-z0-9+/]{4})*")
_LAST_QUARTET = re.compile(r"[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=)")


def _from_base64(text: str) -> str:
    """Line ends are nothing; the place of what is wrong is told in bytes."""
    written = text.replace("\n", "").replace("\r", "")
    whole = _QUARTETS.match(written)
    at = whole.end() if whole else 0
    last = _LAST_QUARTET.match(written, at)
    at = last.end() if last else at
    if at < len(written):
        strange = re.compile(r"[^A-Za-z0-9+/=]").search(written, at)
        raise ConditionError(f"illegal base64 data at input byte {strange.start() if strange else at}")
    return values.text_of(base64.b64decode(written))


def _cut_prefix(text: str, prefix: str = " ") -> str:
    return text.removeprefix(prefix)


def _cut_suffix(text: str, suffix: str = " ") -> str:
    return text.removesuffix(suffix)


_JOIN = overloads(
    "join",
    Signature((STRINGS, STRING), STRING),
    Signature((ANYS, STRING), STRING),
    Signature((ANYS,), STRING),
    Signature((STRINGS, STRING), STRING),
    Signature((STRINGS,), STRING),
)
_REPLACE = overloads(
    "replace",
    Signature((STRING, STRING, STRING, INT), STRING),
    Signature((STRING, STRING, STRING), STRING),
)

TEXTS: dict[str, Builtin] = {
    "string": Builtin(overloads("string", Signature((ANY,), STRING)), display),
    "trim": _on_text("trim", STRING, str.strip, 1, 2),
    "trimPrefix": _on_text("trimPrefix", STRING, _cut_prefix, 2, 1),
    "trimSuffix": _on_text("trimSuffix", STRING, _cut_suffix, 2, 1),
    "upper": _on_text("upper", STRING, _by_character(str.upper), 1),
    "lower": _on_text("lower", STRING, _by_character(str.lower), 1),
    "split": _splitting("split", keep=False),
    "splitAfter": _splitting("splitAfter", keep=True),
    "replace": Builtin(_REPLACE, _replace),
    "repeat": Builtin(overloads("repeat", Signature((STRING, INT), STRING)), _repeat, spends=True),
    "join": Builtin(_JOIN, _join),
    "indexOf": _on_text("indexOf", INT, _byte_index(bytes.find), 2),
    "lastIndexOf": _on_text("lastIndexOf", INT, _byte_index(bytes.rfind), 2),
    "hasPrefix": _on_text("hasPrefix", BOOL, lambda text, part: values.raw(text).startswith(values.raw(part)), 2),
    "hasSuffix": _on_text("hasSuffix", BOOL, lambda text, part: values.raw(text).endswith(values.raw(part)), 2),
    "toJSON": Builtin(overloads("toJSON", Signature((ANY,), STRING)), _to_json),
    "fromJSON": Builtin(overloads("fromJSON", Signature((STRING,), UNKNOWN)), _from_json),
    "toBase64": _on_text("toBase64", STRING, _to_base64, 1),
    "fromBase64": _on_text("fromBase64", STRING, _from_base64, 1),
}
