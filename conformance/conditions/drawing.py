"""Random conditions, well formed and malformed, generated from a seed: the same seed gives the same ones."""

import random
import re
from collections.abc import Mapping
from typing import Any

from conformance.conditions.questions import Kind, Question

Sort = str  # of values: number, truth, text, list or map

_DEPTHS = (1, 2, 3)
_DOCUMENT = {
    "n": 3, "f": 0.5, "neg": -2, "s": "abc", "digits": "12", "b": True, "none": None, "l": [3, 1, 2],
    "words": ["b", "a"], "mixed": [1, "x", None], "m": {"a": 1, "s": "z"},
    "pods": [{"ms": 120, "up": True}, {"ms": 640, "up": False}],
}  # fmt: skip
_RESULTS: Mapping[Kind, list[Any]] = {
    "json": [_DOCUMENT],
    "vector": [[0.98], [], [0.5, 3, 0.97], [float("nan")]],
    "scalar": [0.95, 7, float("inf")],
}
# Expressions of each sort that read the result, and those that do not.
_OF_RESULT: Mapping[Kind, Mapping[Sort, list[str]]] = {
    "json": {
        "number": [
            "result.n",
            "result.f",
            "result.neg",
            "result.l[0]",
            "result.m.a",
            "len(result.l)",
            "result.missing",
        ],
        "truth": ["result.b", "result.none", '"n" in result'],
        "text": ["result.s", "result.digits", "result.words[1]", "result.m?.s", "result.none"],
        "list": ["result.l", "result.words", "result.mixed", "result.pods", "map(result.pods, .ms)"],
        "map": ["result", "result.m", "result.pods[0]", "find(result.pods, .up)"],
    },
    "vector": {"number": ["result[0]", "len(result)", "result[-1]"], "list": ["result", "result[1:]"]},
    "scalar": {"number": ["result", "-result"]},
}
_ANYWHERE: Mapping[Sort, list[str]] = {
    "number": ["0", "1", "2", "-1", "0.5", "1e3", "asInt(2)", "9223372036854775807"],
    "truth": ["true", "false"],
    "text": ['"a"', '"abc"', "'12'", '""', '"é"'],
    "list": ["[1, 2, 3]", "[]", '["a", "b"]', "1..3", "[1, 2.5]", "[nil, 1]", 'split("a,b", ",")'],
    "map": ['{"a": 1}', "{}", 'fromPairs([["a", 1]])'],
}
# How expressions of each sort are made of others.
_FORMS: Mapping[Sort, list[str]] = {
    "number": [
        "(NUMBER + NUMBER)", "NUMBER - NUMBER", "NUMBER * NUMBER", "NUMBER / NUMBER", "NUMBER % NUMBER",
        "(NUMBER ** NUMBER)", "-NUMBER", "abs(NUMBER)", "round(NUMBER)", "int(NUMBER)", "int(TEXT)",
        "float(TEXT)", "asFloat(NUMBER)", "asInt(TEXT)", "len(LIST)", "len(keys(MAP))", "len(TEXT)", "sum(LIST)",
        "max(LIST)",
        "min(LIST, NUMBER)", "mean(LIST)", "median(LIST)", "count(LIST, CLOSURE)", "first(LIST)",
        "LIST[NUMBER]", "LIST[0]", "(TRUTH ? NUMBER : NUMBER)", "(NUMBER ?? NUMBER)", "indexOf(TEXT, TEXT)",
        "reduce(LIST, #acc + #)", "reduce(LIST, #acc + #, NUMBER)", "findIndex(LIST, CLOSURE)", "MAP.a",
        "bitand(NUMBER, NUMBER)", "find(LIST, CLOSURE)", "let x = NUMBER; x", "NUMBER | max(NUMBER)",
    ],
    "truth": [
        "NUMBER == NUMBER", "NUMBER != NUMBER", "NUMBER < NUMBER", "NUMBER >= NUMBER", "TEXT == TEXT",
        "TEXT < TEXT", "LIST == LIST", "MAP == MAP", "not TRUTH", "!(TRUTH)", "(TRUTH && TRUTH)",
        "(TRUTH or TRUTH)", "TRUTH and TRUTH", "TRUTH || TRUTH", "NUMBER in LIST", "TEXT in LIST",
        "TEXT not in MAP", "TEXT contains TEXT", "TEXT startsWith TEXT", "TEXT matches TEXT",
        "all(LIST, CLOSURE)", "any(LIST, CLOSURE)", "none(LIST, CLOSURE)", "one(LIST, CLOSURE)",
        "isNaN(NUMBER)", "isInf(NUMBER)", "isNil(MAP)", "(TRUTH ? TRUTH : TRUTH)", "(TRUTH ?? TRUTH)",
        "if TRUTH { TRUTH } else { TRUTH }", "NUMBER < NUMBER <= NUMBER", "hasPrefix(TEXT, TEXT)",
        "NUMBER == nil", "let x = TRUTH; x", "default(TRUTH, TRUTH)",
    ],
    "text": [
        "(TEXT + TEXT)", "string(NUMBER)", "string(LIST)", "upper(TEXT)", "trim(TEXT)", "type(LIST)",
        "join(LIST, TEXT)", "replace(TEXT, TEXT, TEXT)", "repeat(TEXT, NUMBER)", "TEXT[1:]", "TEXT[:NUMBER]",
        "(TRUTH ? TEXT : TEXT)", "(TEXT ?? TEXT)", "toJSON(LIST)", "split(TEXT, TEXT)[0]", "MAP?.s",
    ],
    "list": [
        "filter(LIST, CLOSURE)", "map(LIST, MAPPED)", "sort(LIST)", "reverse(LIST)", "uniq(LIST)",
        "concat(LIST, LIST)", "flatten([LIST])", "LIST[1:]", "LIST[:NUMBER]", "[NUMBER, NUMBER]",
        "[TEXT, NUMBER]", "sortBy(LIST, MAPPED)", "(LIST ?? LIST)", "take(LIST, NUMBER)",
        "split(TEXT, TEXT)", "(TRUTH ? LIST : LIST)", "LIST | filter(CLOSURE)",
    ],
    "map": ['{"a": NUMBER}', "groupBy(LIST, MAPPED)", "MAP", "LIST[0]", "(MAP ?? MAP)"],
}  # fmt: skip
_CLOSURES = [
    "# > 1",
    "# < 3",
    '# == "a"',
    "#.up",
    ".ms > 200",
    "# != nil",
    "{# >= 1}",
    "#",
    "true",
    "# in [1, 2]",
    "isNaN(#)",
]
_MAPPED = ["#", "# * 2", "#index", ".ms", "string(#)", "-#", "# > 1", "[#]", "nil", "#?.ms ?? 0"]
_PART = re.compile(r"\b(?:NUMBER|TRUTH|TEXT|LIST|MAP|CLOSURE|MAPPED)\b")
_SCRAPS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#",
    ".",
    ",",
    ";",
    "?",
    ":",
    '"',
    "|",
    "not ",
    " in ",
    "=",
    "!",
    "&&",
    "nil",
    "1",
    "$",
    "let ",
]


# The shares of values of the wrong sort, and of conditions that are broken in one place.
_OTHER_SORT, _BROKEN = 0.03, 0.15


def draw(number: int, seed: int) -> list[Question]:
    """That many different questions. Not by Hypothesis, which prefers small ones: those are in the sheets."""
    chance = random.Random(seed)
    found: dict[str, Question] = {}
    while len(found) < number:
        question = _question(chance)
        found.setdefault(question.whole, question)
    return list(found.values())


def _question(chance: random.Random) -> Question:
    kind: Kind = chance.choice(list(_RESULTS))
    success = _expression(chance, kind, "truth", chance.choice(_DEPTHS))
    if chance.random() < _BROKEN:
        success = _broken(chance, success)
    failure = _expression(chance, kind, "truth", 1) if chance.random() < 0.2 else ""
    return Question(success, failure, kind, chance.choice(_RESULTS[kind]))


def _expression(chance: random.Random, kind: Kind, sort: Sort, depth: int) -> str:
    leaves: list[str] = [*_OF_RESULT[kind].get(sort, []), *_ANYWHERE[sort]]
    if depth == 0:
        return chance.choice(leaves)
    form = chance.choice([*leaves[:2], *_FORMS[sort]])
    return _PART.sub(lambda part: _part(chance, kind, part[0].lower(), depth - 1), form)


def _part(chance: random.Random, kind: Kind, name: str, depth: int) -> str:
    """What replaces the name of a sort in a form."""
    if name in ("closure", "mapped"):
        return chance.choice({"closure": _CLOSURES, "mapped": _MAPPED}[name])
    if chance.random() < _OTHER_SORT:
        name = chance.choice(list(_FORMS))
    return _expression(chance, kind, name, depth)


def _broken(chance: random.Random, expression: str) -> str:
    """The expression with a character removed, or with something inserted where it does not belong."""
    at, scrap = chance.randrange(len(expression)), chance.choice(["", *_SCRAPS])
    return expression[:at] + scrap + expression[at + (not scrap) :]
