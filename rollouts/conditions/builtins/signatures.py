"""How a builtin is declared, and the two ways in which expr checks its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rollouts.conditions.code import Frame
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import Signature
from rollouts.golang.types import ANY, Kind, Type, assignable

Check: TypeAlias = Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Builtin:
    """`check` gives the type of the outcome or raises; `run` gets the values of the arguments."""

    check: Check
    run: Callable[..., Any]
    spends: bool = False  # run gets the Frame first, to account for what it builds


def overloads(name: str, *signatures: Signature) -> Check:
    """The first signature that fits; with none, the complaint of the last."""

    def check(arguments: Sequence[Type]) -> Type:
        problem = ""
        for signature in signatures:
            problem = _complaint(name, signature, arguments)
            if not problem:
                return signature.result
        raise ConditionError(problem)

    return check


def _complaint(name: str, signature: Signature, arguments: Sequence[Type]) -> str:
    if len(arguments) > len(signature.parameters):
        return f"too many arguments to call {name}"
    if len(arguments) < len(signature.parameters):
        return f"not enough arguments to call {name}"
    for argument, parameter in zip(arguments, signature.parameters, strict=True):
        if argument.kind is Kind.INT and parameter.number:
            continue
        if argument.kind is Kind.NIL:
            if parameter.name == ANY.name:
                continue
            return f"cannot use nil as argument (type {parameter.name}) to call {name}"
        if not argument.unknown and not assignable(argument, parameter):
            return f"cannot use {argument.name} as argument (type {parameter.name}) to call {name} "
    return ""


def one_of(kinds: tuple[Kind, ...], complaint: str, result: Callable[[Type], Type]) -> Check:
    """One argument, of one of `kinds` or unknown."""

    def check(arguments: Sequence[Type]) -> Type:
        exactly(1, arguments)
        argument = arguments[0]
        if argument.kind not in kinds and not argument.unknown:
            raise ConditionError(f"{complaint.format(shown(argument))}")
        return result(argument)

    return check


def exactly(count: int, arguments: Sequence[Type]) -> None:
    if len(arguments) != count:
        raise ConditionError(f"invalid number of arguments (expected {count}, got {len(arguments)})")


def shown(type_: Type) -> str:
    return "%!s(<nil>)" if type_.kind is Kind.NIL else type_.name


__all__ = ["Builtin", "Check", "Frame", "Signature", "exactly", "one_of", "overloads", "shown"]
