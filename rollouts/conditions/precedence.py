"""How tightly expr's operators bind, and what its builtins with closures take (expr: parser/operator/operator.go).

`??` binds tighter than all the rest, `not` looser than `*`: so `not a == b` is `(not a) == b`, and `-2 ** 2` is -4. A
pipe takes all that stands to its left, and what follows it goes on as if the call were a single name (`1 + x | f() * 2`
is `f(1 + x) * 2`).
"""

from __future__ import annotations

COMPARISONS = ("<", ">", "<=", ">=")
NEGATED = ("in", "matches", "contains", "startsWith", "endsWith")
RIGHT_TO_LEFT = ("**", "^")
COALESCE = "??"
PREFIX = {"not": 50, "!": 50, "-": 90, "+": 90}
INFIX = {
    "|": 0,
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", *COMPARISONS, *NEGATED), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(RIGHT_TO_LEFT, 100),
    COALESCE: 500,
}
_TWO, _ONE_OR_TWO, _TWO_OR_THREE = (2, 2), (1, 2), (2, 3)
# The builtins whose second argument is a closure: how many arguments they take, at least and at most.
CLOSURES = {
    **dict.fromkeys(("all", "any", "none", "one", "filter", "map", "groupBy"), _TWO),
    **dict.fromkeys(("find", "findLast", "findIndex", "findLastIndex"), _TWO),
    **dict.fromkeys(("count", "sum"), _ONE_OR_TWO),
    **dict.fromkeys(("sortBy", "reduce"), _TWO_OR_THREE),
}
