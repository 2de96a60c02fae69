"""What the engine's values and documents are made of: frozen, and compared by their members.

A release makes a thousand Values. msgspec makes one in half the time of a NamedTuple, and a changed copy in a seventh
(a dataclass takes longer still). No Value is ever part of a cycle, so the garbage collector need not look at them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping


class Value(Struct, frozen=True, gc=False):
    """`msgspec.structs.replace` makes a changed copy. Subclasses say `frozen=True` again, for whoever checks types."""


class Part(BaseModel):
    """A part of a Rollout as its author wrote it: Argo's fields under Argo's names, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Without what was computed of the original: it need not hold for the copy."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[name]
        return copied
