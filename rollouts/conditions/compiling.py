"""From the tree of a condition to checked code, for a result of a known type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rollouts.conditions import conversions, operators, rewrites
from rollouts.conditions.builtins import BUILTINS, LEFT_OUT
from rollouts.conditions.builtins.signatures import overloads
from rollouts.conditions.closures import CLOSURES, apply, check_collection
from rollouts.conditions.code import Closure, Code, Frame, Listed, Looped, Scope, constant
from rollouts.conditions.environment import FUNCTIONS, everything
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import BUILTIN, array_of
from rollouts.conditions.members import call_of, chain, member, slice_of
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
    nodes_of,
)
from rollouts.golang import values
from rollouts.golang.types import ANYS, FLOAT, MAP, UNKNOWN, Kind

if TYPE_CHECKING:
    from collections.abc import Callable


def compile_node(node: Node, scope: Scope) -> Code:
    """Raises ConditionError for the first thing that the types forbid, left to right."""
    code = _COMPILERS[type(node)](node, scope)
    return code if scope.checked else replace(code, type=UNKNOWN)


def _literal(node: Literal, _: Scope) -> Code:
    return constant(values.type_of(node.value), node.value)


def _name(node: Name, scope: Scope) -> Code:
    name = node.name
    if name in scope.variables:
        return Code(scope.variables[name], lambda frame: frame.variables[name])
    if name == "result":
        return Code(scope.result, lambda frame: frame.result)
    if name == "$env":
        return Code(UNKNOWN, everything)
    if name in FUNCTIONS:
        return Code(FUNCTIONS[name].go_type, lambda _: FUNCTIONS[name])
    if name in BUILTINS or name in CLOSURES:
        return Code(BUILTIN, lambda _: None)
    if not scope.checked:
        return Code(UNKNOWN, lambda _: None)
    raise _unknown_name(name)


def _unknown_name(name: str) -> ConditionError:
    if name in LEFT_OUT:
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
    return Code(type_, lambda frame: frame.loops[-1].item)


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
    if node.operator == "in":
        return _membership(node, left, right)
    return operators.binary(node.operator, left, right)


def _membership(node: Binary, left: Code, right: Code) -> Code:
    written = node.right.nodes if isinstance(node.right, Array) else ()
    items = [item.value for item in written if isinstance(item, Literal)]
    plain = operators.binary("in", left, right)
    return rewrites.membership(plain, left, right, items if len(items) == len(written) else [])


def _member(node: Member, scope: Scope, *, method: bool = False) -> Code:
    if node.base == Name("$env") and isinstance(node.key, Literal) and "$env" not in scope.variables:
        return _of_environment(str(node.key.value), scope, optional=node.optional)
    base, key = compile_node(node.base, scope), compile_node(node.key, scope)
    plain = member(base, key, optional=node.optional, method=method)
    return plain if node.optional else rewrites.element(plain, base, key)


def _of_environment(name: str, scope: Scope, *, optional: bool) -> Code:
    if name == "result" or name in FUNCTIONS:
        return _name(Name(name), replace(scope, variables={}))
    if optional:
        return Code(UNKNOWN, lambda _: None)
    raise ConditionError(f"unknown name {name}")


def _chain(node: Chain, scope: Scope) -> Code:
    return chain(compile_node(node.body, scope))


def _slice(node: Slice, scope: Scope) -> Code:
    base = compile_node(node.base, scope)
    compile_bound = _unchecked if base.type.unknown else compile_node
    bounds = [compile_bound(bound, scope) if bound is not None else None for bound in (node.start, node.stop)]
    return slice_of(base, *bounds)


def _method_call(node: MethodCall, scope: Scope) -> Code:
    method = _member(node.method, scope, method=True)
    if method.type.unknown:
        return call_of(method, tuple(_unchecked(argument, scope) for argument in node.arguments))
    arguments = tuple(compile_node(argument, scope) for argument in node.arguments)
    return call_of(method, arguments)


def _unchecked(node: Node, scope: Scope) -> Code:
    return compile_node(node, replace(scope, checked=False))


def _call(node: Call, scope: Scope) -> Code:
    if node.name in CLOSURES:
        return _closure_call(node, scope)
    if node.name in FUNCTIONS:
        return _function_call(node, scope)
    if node.name in BUILTINS:
        return _builtin_call(node, scope)
    function = _name(Name(node.name), scope)
    if function.type.kind is Kind.NIL:
        raise ConditionError(f"{node.name} is nil; cannot call nil as function")
    return call_of(function, tuple(_unchecked(argument, scope) for argument in node.arguments))


def _builtin_call(node: Call, scope: Scope) -> Code:
    builtin = BUILTINS[node.name]
    arguments = [compile_node(argument, scope) for argument in node.arguments]
    type_ = builtin.check([argument.type for argument in arguments])
    run: Callable[..., Any] = builtin.run
    if len(arguments) == 1 and not builtin.spends:
        ask = arguments[0].run
        return rewrites.calling(node.name, Code(type_, lambda frame: run(ask(frame))), arguments[0])
    if builtin.spends:
        return Code(type_, lambda frame: run(frame, *(argument.run(frame) for argument in arguments)))
    return Code(type_, lambda frame: run(*(argument.run(frame) for argument in arguments)))


def _function_call(node: Call, scope: Scope) -> Code:
    function = FUNCTIONS[node.name]
    arguments = [compile_node(argument, scope) for argument in node.arguments]
    if not scope.checked:
        return call_of(Code(function.go_type, lambda _: function), tuple(arguments))
    type_ = overloads(node.name, function.signature)([argument.type for argument in arguments])
    if FLOAT in function.signature.parameters:
        arguments = [
            operators.floated(argument) if argument.type.kind is Kind.INT else argument for argument in arguments
        ]
    return Code(type_, lambda frame: function.run(frame, [argument.run(frame) for argument in arguments]))


def _closure_call(node: Call, scope: Scope) -> Code:
    builtin, arguments = CLOSURES[node.name], node.arguments
    collection = compile_node(arguments[0], scope)
    check_collection(node.name, collection.type)
    looped = Looped(node.name, arguments[0], collection)
    if len(arguments) > 1:
        closure = compile_node(arguments[1], scope.inside(Closure(collection.type, builtin.pointers)))
        extra = compile_node(arguments[2], scope) if len(arguments) == 3 else None
        looped = replace(looped, closure=closure, extra=extra)
    plain = apply(looped)
    if node.name == "sum":
        return rewrites.summed(plain)
    return rewrites.looping(plain, indexed=Pointer("index") in nodes_of(arguments[-1]))


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

    constant = all(code.is_constant and code.constant is not None for code in codes)
    return Code(type_, run, origin=None if constant or len(codes) < 2 else Listed(tuple(codes)))


def _mapping(node: Mapping, scope: Scope) -> Code:
    pairs = [(compile_node(key, scope), compile_node(value, scope)) for key, value in node.pairs]

    def run(frame: Frame) -> object:
        evaluated = [(key.run(frame), value.run(frame)) for key, value in pairs]
        frame.spend(len(evaluated))
        # Of two values for one key the first counts.
        return {conversions.as_string(key): value for key, value in reversed(evaluated)}

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
