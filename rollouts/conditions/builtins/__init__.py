"""The builtins of expr 1.17 without closures, by name.

Left out, and refused by name: `now`, which needs a clock.
"""

from __future__ import annotations

from rollouts.conditions.builtins.numbers import NUMBERS
from rollouts.conditions.builtins.sequences import SEQUENCES
from rollouts.conditions.builtins.signatures import Builtin
from rollouts.conditions.builtins.texts import TEXTS
from rollouts.conditions.builtins.times import TIMES

BUILTINS: dict[str, Builtin] = {**NUMBERS, **SEQUENCES, **TEXTS, **TIMES}
LEFT_OUT = frozenset(("now",))

__all__ = ["BUILTINS", "LEFT_OUT", "Builtin"]
