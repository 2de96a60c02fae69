"""The tokens of a condition, read one at a time, so that the first error is the one nearest to the start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.literals import unescaped
from rollouts.golang.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """Named as expr's messages name them."""

    IDENTIFIER = "Identifier"
    NUMBER = "Number"
    STRING = "String"
    OPERATOR = "Operator"
    BRACKET = "Bracket"
    END = "EOF"


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}({quote(self.value)})" if self.value else self.kind.value


WORDS = frozenset(("not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"))


def _number(digits: str) -> str:
    """What counts as one number token, sense or none: `1.` is one, the `1` of `1..2` is one."""
    return rf"[{digits}]*(?:\.(?!\.)[{digits}]*)?(?:[eE][+-]?[{digits}]*)?"


_TOKEN = re.compile(
    rf"""
    (?P<space>[\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|//[^\n]*|/\*.*?\*/)
    | (?P<comment>/\*)
    | (?P<number>(?=\.?[0-9])\.?(?:
        0[xX]{_number("0-9a-fA-F_")} | 0[oO]{_number("0-7_")} | 0[bB]{_number("01_")} | {_number("0-9_")}))
    | (?P<name>[\w$]+)
    | (?P<quoted>["'])
    | (?P<raw>`(?P<body>(?:``|[^`])*)`)
    | (?P<bracket>[()\[\]{{}}])
    | (?P<operator>[&!=*<>][&=*]? | \|\|? | ::? | \.\.? | \?[.?]? | \#\#? | [,;%+\-^/])
    """,
    re.VERBOSE | re.DOTALL,
)
_POINTER = re.compile(r"[\w$]+")
_ESCAPE = r"\\(?:[abfnrtv\\%s]|[0-7]{3}|x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
_BODIES = {mark: re.compile(rf"(?:[^\\\n{mark}]|{_ESCAPE % mark})*") for mark in "\"'"}


def tokens(text: str) -> Iterator[Token]:
    """Every token, including the end. Raises ConditionError at a character that starts no token."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        group = found.lastgroup if found is not None else ""
        if found is None or group in ("", "comment"):
            raise ConditionError(_unreadable(text, at))
        at = found.end()
        word = found[0]
        if group == "number":
            following = text[at : at + 1]
            if re.match(r"[\w$]", following):
                raise ConditionError(f"bad number syntax: {quote(word + following)}")
            yield Token(Kind.NUMBER, word)
        elif group == "name":
            yield Token(Kind.OPERATOR if word in WORDS else Kind.IDENTIFIER, word)
        elif group == "quoted":
            body, at = _quoted(text, at, word)
            yield Token(Kind.STRING, unescaped(body))
        elif group == "raw":
            yield Token(Kind.STRING, found["body"].replace("``", "`"))
        elif group != "space":
            yield Token(Kind.BRACKET if group == "bracket" else Kind.OPERATOR, word)
            pointer = _POINTER.match(text, at) if word[0] == "#" else None
            if pointer is not None:  # here even `in` is a name
                yield Token(Kind.IDENTIFIER, pointer[0])
                at = pointer.end()
    yield Token(Kind.END)


def _quoted(text: str, start: int, mark: str) -> tuple[str, int]:
    """What stands between the marks, and where it goes on behind them."""
    body = _BODIES[mark].match(text, start)
    end = body.end() if body else start
    if text[end : end + 1] != mark:
        raise ConditionError("invalid char escape" if text[end : end + 1] == "\\" else "literal not terminated")
    return text[start:end], end + 1


def _unreadable(text: str, at: int) -> str:
    if text.startswith("/*", at):
        return "unclosed comment"
    character = text[at]
    if character == "`":
        return "literal not terminated"
    shown = f" '{character}'" if character.isprintable() else ""
    return f"unrecognized character: U+{ord(character):04X}{shown}"
