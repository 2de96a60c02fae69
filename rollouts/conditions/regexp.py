r"""Go's regular expressions (RE2), on Python's.

They are one language in all that conditions and metric names use. What differs in meaning is rewritten
(`$` ends the text, `\d` and `\w` are ASCII), what only one of them knows is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rollouts.conditions.errors import ConditionError

_ONLY_PYTHON = re.compile(r"\(\?(?:[=!>#(]|<[=!]|P=|[a-zA-Z-]*[aLux])|\{,\d+\}")
_POSSESSIVE = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})(?:\+|\*|\?\?)")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|.", re.DOTALL)


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Use `.search`, as Go matches anywhere. ConditionError with Go's preamble for what cannot be read."""
    tokens = _TOKEN.findall(pattern)
    outside = "".join("x" if token.startswith(("\\", "[")) else token for token in tokens)
    if _ONLY_PYTHON.search(outside):
        raise _unreadable("invalid or unsupported Perl syntax", pattern)
    if _POSSESSIVE.search(outside):
        raise _unreadable("invalid nested repetition operator", pattern)
    if any(re.fullmatch(r"\\[1-9Z]", token) for token in tokens):
        raise _unreadable("invalid escape sequence", pattern)
    if any("[:" in token for token in tokens if token.startswith("[")):
        raise ConditionError(f"this engine does not know [:class:] in the regular expression `{pattern}`")
    multiline = re.match(r"\(\?[a-zA-Z]*m", pattern) is not None
    rewritten = "".join({"$": "$" if multiline else r"\Z", r"\z": r"\Z"}.get(token, token) for token in tokens)
    try:
        return re.compile(rewritten, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise _unreadable(str(error), pattern) from None


def _unreadable(problem: str, pattern: str) -> ConditionError:
    return ConditionError(f"error parsing regexp: {problem}: `{pattern}`")
