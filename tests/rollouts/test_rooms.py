from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import rollouts
import rollouts.analysis
import rollouts.conditions
import rollouts.providers

ROOMS = (rollouts.analysis, rollouts.conditions, rollouts.providers)
SOURCES = sorted(Path(str(rollouts.__file__)).parent.rglob("*.py"))
PURE = {"rollouts", "pydantic", "msgspec", "jsonpath", "re2"}
FORBIDDEN = {"asyncio", "time", "random", "socket", "subprocess", "threading", "http", "os"}
CLOCKS = {"now", "today", "utcnow"}


def _imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.name}")
def test_the_engine_imports_no_clock_no_network_and_no_other_room(source: Path) -> None:
    imported = _imported(source)
    assert imported <= PURE | sys.stdlib_module_names
    assert not imported & FORBIDDEN


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.name}")
def test_nothing_is_evaluated_by_python(source: Path) -> None:
    called = {node.func.id for node in ast.walk(ast.parse(source.read_text())) if _is_plain_call(node)}  # type: ignore[attr-defined]
    assert not called & {"eval", "exec", "compile"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.name}")
def test_nobody_asks_what_time_it_is(source: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    assert not CLOCKS & {function.attr for function in calls if isinstance(function, ast.Attribute)}


def _is_plain_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_what_a_room_exports_is_there(room: object) -> None:
    exported = vars(room)["__all__"]
    assert exported == sorted(exported, key=lambda name: (not name[0].isupper(), name))
    assert all(name in vars(room) for name in exported)
