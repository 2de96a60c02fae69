"""From the tree of a condition to checked code, for a result of a known type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rollouts.conditions import operators, values
from rollouts.conditions.builtins import BUILTINS, LEFT_OUT
from rollouts.conditions.builtins.signatures import overloads
from rollouts.conditions.closures import CLOSURES, apply, check_collection
from rollouts.conditions.code import Closure, Code, Frame, Scope, constant
from rollouts.conditions.environment import FUNCTIONS
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.members import chain, member, method_call, slice_of
from rollouts.conditions.tree import (
    Array,
    Binary,
    Call,
    Chain,
    Conditional,
    Let,
    Literal,
    Mapping,
    Member,
    MethodCall,
    Name,
    Node,
    Pointer,
    Sequence,
    Slice,
    Unary,
)
from rollouts.conditions.types import ANYS, FLOAT, MAP, UNKNOWN, Kind, array_of

if TYPE_CHECKING:
    from collections.abc import Callable


def compile_node(node: Node, scope: Scope) -> Code:
    """Raises ConditionError for the first thing that the types forbid, left to right."""
    return _COMPILERS[type(node)](node, scope)


def _literal(node: Literal, _: Scope) -> Code:
    return constant(values.type_of(node.value), node.value)


def _name(node: Name, scope: Scope) -> Code:
    name = node.name
    if name in scope.variables:
        return Code(scope.variables[name], lambda frame: frame.variables[name])
    if name == "result":
        return Code(scope.result, lambda frame: frame.result)
    if name in FUNCTIONS or name in BUILTINS or name in CLOSURES:
        raise ConditionError(f"{name} is a function: call it as {name}(...)")
    raise _unknown_name(name)


def _unknown_name(name: str) -> ConditionError:
    if name in LEFT_OUT or name == "$env":
        return ConditionError(f"unknown name {name} (expr has it, this engine does not)")
    return ConditionError(f"unknown name {name}")


def _pointer(node: Pointer, scope: Scope) -> Code:
    closure = scope.closures[-1]
    if node.name == "index" and "index" in closure.pointers:
        return Code(closure.pointers["index"], lambda frame: frame.loops[-1].index)
    if node.name == "acc" and "acc" in closure.pointers:
        return Code(closure.pointers["acc"], lambda frame: frame.loops[-1].accumulator)
    if node.name:
        raise ConditionError(f"unknown pointer #{node.name}")
    type_ = UNKNOWN if closure.collection.unknown else closure.collection.item
    return Code(type_, lambda frame: frame.loops[-1].items[frame.loops[-1].index])


def _unary(node: Unary, scope: Scope) -> Code:
    return operators.unary(node.operator, compile_node(node.operand, scope))


def _binary(node: Binary, scope: Scope) -> Code:
    left, right = compile_node(node.left, scope), compile_node(node.right, scope)
    if node.operator in ("and", "&&", "or", "||"):
        return operators.conjunction(node.operator, left, right)
    if node.operator == "??":
        return operators.coalesce(left, right)
    if node.operator == "..":
        return operators.spread(left, right)
    if node.operator == "in" and isinstance(node.right, Array):
        strings = [item.value for item in node.right.nodes if isinstance(item, Literal) and isinstance(item.value, str)]
        if strings and len(strings) == len(node.right.nodes):
            return operators.among_strings(left, frozenset(strings), right.type)
    return operators.binary(node.operator, left, right)


def _member(node: Member, scope: Scope, *, method: bool = False) -> Code:
    base, key = compile_node(node.base, scope), compile_node(node.key, scope)
    if isinstance(node.base, Call) and node.base.name == "filter" and not node.optional and key.constant in (0, -1):
        return _end_of_filter(node.base, scope, last=key.constant == -1)
    return member(base, key, optional=node.optional, method=method)


def _end_of_filter(node: Call, scope: Scope, *, last: bool) -> Code:
    """`filter(...)[0]`, which expr computes as a search: what comes after the hit is never asked."""
    index = _closure_call(replace(node, name="findLastIndex" if last else "findIndex"), scope)
    items = compile_node(node.arguments[0], scope)

    def run(frame: Frame) -> object:
        found = index.run(frame)
        if found is None:
            raise ConditionError("reflect: slice index out of range")
        return values.fetch(items.run(frame), found)

    return Code(_call(node, scope).type.item, run)


def _chain(node: Chain, scope: Scope) -> Code:
    return chain(compile_node(node.body, scope))


def _slice(node: Slice, scope: Scope) -> Code:
    bounds = [compile_node(bound, scope) if bound is not None else None for bound in (node.start, node.stop)]
    return slice_of(compile_node(node.base, scope), *bounds)


def _method_call(node: MethodCall, scope: Scope) -> Code:
    method = _member(node.method, scope, method=True)
    return method_call(method, tuple(compile_node(argument, scope) for argument in node.arguments))


def _call(node: Call, scope: Scope) -> Code:
    if node.name in CLOSURES:
        return _closure_call(node, scope)
    if node.name in scope.variables:
        raise ConditionError(f"{scope.variables[node.name].name} is not callable")
    if node.name in FUNCTIONS:
        return _function_call(node, scope)
    if node.name == "result":
        nil = scope.result.kind is Kind.NIL
        problem = "result is nil; cannot call nil as function" if nil else f"{scope.result.name} is not callable"
        raise ConditionError(problem)
    if node.name in BUILTINS:
        return _builtin_call(node, scope)
    raise _unknown_name(node.name)


def _builtin_call(node: Call, scope: Scope) -> Code:
    builtin = BUILTINS[node.name]
    arguments = [compile_node(argument, scope) for argument in node.arguments]
    type_ = builtin.check([argument.type for argument in arguments])
    run: Callable[..., Any] = builtin.run
    if len(arguments) == 1 and not builtin.spends:
        ask = arguments[0].run
        return Code(type_, lambda frame: run(ask(frame)))
    if builtin.spends:
        return Code(type_, lambda frame: run(frame, *(argument.run(frame) for argument in arguments)))
    return Code(type_, lambda frame: run(*(argument.run(frame) for argument in arguments)))


def _function_call(node: Call, scope: Scope) -> Code:
    function = FUNCTIONS[node.name]
    arguments = [compile_node(argument, scope) for argument in node.arguments]
    type_ = overloads(node.name, function.signature)([argument.type for argument in arguments])
    if FLOAT in function.signature.parameters:
        arguments = [
            compile_node(_with_float_literals(argument), scope) if code.type.kind is Kind.INT else code
            for argument, code in zip(node.arguments, arguments, strict=True)
        ]
    return Code(type_, lambda frame: function.run(frame, [argument.run(frame) for argument in arguments]))


def _with_float_literals(node: Node) -> Node:
    """Whole literals given for a float64 become floats, as in `isNaN(1)`; computed integers do not."""
    match node:
        case Literal(value) if values.is_int(value):
            return Literal(float(value))
        case Unary():
            return replace(node, operand=_with_float_literals(node.operand))
        case Binary(operator="+" | "-" | "*"):
            left, right = _with_float_literals(node.left), _with_float_literals(node.right)
            return replace(node, left=left, right=right)
        case _:
            return node


def _closure_call(node: Call, scope: Scope) -> Code:
    builtin, arguments = CLOSURES[node.name], node.arguments
    collection = compile_node(arguments[0], scope)
    check_collection(node.name, collection.type)
    if len(arguments) == 1:
        return apply(node.name, collection, None, None)
    closure = compile_node(arguments[1], scope.inside(Closure(collection.type, builtin.pointers)))
    extra = compile_node(arguments[2], scope) if len(arguments) == 3 else None
    return apply(node.name, collection, closure, extra)


def _conditional(node: Conditional, scope: Scope) -> Code:
    condition = compile_node(node.condition, scope)
    operators.check_condition(condition)
    return operators.conditional(condition, compile_node(node.then, scope), compile_node(node.otherwise, scope))


def _let(node: Let, scope: Scope) -> Code:
    name = node.name
    if name == "result" or name in FUNCTIONS:
        raise ConditionError(f"cannot redeclare {name}")
    if name in BUILTINS or name in CLOSURES or name in LEFT_OUT:
        raise ConditionError(f"cannot redeclare builtin {name}")
    if name in scope.variables:
        raise ConditionError(f"cannot redeclare variable {name}")
    value = compile_node(node.value, scope)
    body = compile_node(node.body, scope.declaring(name, value.type))

    def run(frame: Frame) -> object:
        frame.variables[name] = value.run(frame)
        return body.run(frame)

    return Code(body.type, run)


def _sequence(node: Sequence, scope: Scope) -> Code:
    codes = [compile_node(item, scope) for item in node.nodes]
    return Code(codes[-1].type, lambda frame: [code.run(frame) for code in codes][-1])


def _array(node: Array, scope: Scope) -> Code:
    codes = [compile_node(item, scope) for item in node.nodes]
    kinds = {(code.type.kind, code.type.name if code.type.kind is Kind.INT else "") for code in codes}
    type_ = array_of(codes[-1].type if codes else UNKNOWN) if len(kinds) <= 1 else ANYS

    def run(frame: Frame) -> object:
        items = [code.run(frame) for code in codes]
        frame.spend(len(items))
        return items

    return Code(type_, run)


def _mapping(node: Mapping, scope: Scope) -> Code:
    pairs = [(compile_node(key, scope), compile_node(value, scope)) for key, value in node.pairs]

    def run(frame: Frame) -> object:
        evaluated = [(key.run(frame), value.run(frame)) for key, value in pairs]
        frame.spend(len(evaluated))
        return {values.as_string(key): value for key, value in evaluated}

    return Code(MAP, run)


_COMPILERS: dict[type, Callable[[Any, Scope], Code]] = {
    Literal: _literal,
    Name: _name,
    Pointer: _pointer,
    Unary: _unary,
    Binary: _binary,
    Member: _member,
    Chain: _chain,
    Slice: _slice,
    Call: _call,
    MethodCall: _method_call,
    Conditional: _conditional,
    Let: _let,
    Sequence: _sequence,
    Array: _array,
    Mapping: _mapping,
}
