"""The builtins of expr 1.17 without closures, by name.

Left out, and refused by name: what needs a clock or time zones (`now`, `date`, `duration`, `timezone`).
"""

from __future__ import annotations

from rollouts.conditions.builtins.numbers import NUMBERS
from rollouts.conditions.builtins.sequences import SEQUENCES
from rollouts.conditions.builtins.signatures import Builtin
from rollouts.conditions.builtins.texts import TEXTS

BUILTINS: dict[str, Builtin] = {**NUMBERS, **SEQUENCES, **TEXTS}
LEFT_OUT = frozenset(("now", "date", "duration", "timezone"))

__all__ = ["BUILTINS", "LEFT_OUT", "Builtin"]
