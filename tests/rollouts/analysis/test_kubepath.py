"""Kubernetes' JSONPath; every row was answered by client-go 0.34.5."""

from __future__ import annotations

from typing import Any

import pytest

from rollouts.providers.kubepath import PathError, find, parse_path

DOCUMENT: dict[str, Any] = {
    "a": 1.0,
    "b": {"c": [10.0, 20.0, 30.0], "d.e": "x", "n": None},
    "items": [{"name": "x", "v": 1.0}, {"name": "y", "v": 2.0, "tags": ["p"]}, {"name": "z"}],
    "s": "str",
}


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("{$}", DOCUMENT),
        ("{.a}", 1.0),
        ("{@.a}", 1.0),
        ("{ .a }", 1.0),
        ("{$['a']}", 1.0),
        ("{$['a','s']}", 1.0),
        ("{$.b.c}", [10.0, 20.0, 30.0]),
        ("{$.b.c[0]}", 10.0),
        ("{$.b.c[-1]}", 30.0),
        ("{$.b.c[1:]}", 20.0),
        ("{$.b.c[:-1]}", 10.0),
        ("{$.b.c[0:3:2]}", 10.0),
        ("{$.b.c[*]}", 10.0),
        ("{$.b.c[2,0]}", 30.0),
        ("{$.b['c'][1]}", 20.0),
        ("{$.b.d\\.e}", "x"),
        ("{$['b']['d\\.e']}", "x"),
        ("{$.b.n}", None),
        ("{$.items[*].v}", 1.0),
        ("{$.items[*].tags}", ["p"]),
        ("{$.items[-2:].name}", "y"),
        ("{.items[?(@.name=='y')].v}", 2.0),
        ("{.items[?(@.v>1.5)].name}", "y"),
        ('{.items[?(@.name!="x")].name}', "y"),
        ("{.items[?(@.v)].name}", "x"),
        ("{..name}", "x"),
        ("{$..tags[0]}", "p"),
        ("{.b.c.*}", 10.0),
    ],
)
def test_the_first_value_that_a_path_finds(path: str, first: object) -> None:
    assert find(parse_path(path), DOCUMENT)[0] == first


@pytest.mark.parametrize("path", ["{$.b.c[1:1]}", '{.items[?(@.name=="none")]}', "{$.b.n[0]}"])
def test_a_path_may_find_nothing(path: str) -> None:
    assert find(parse_path(path), DOCUMENT) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{$.missing}", "missing is not found"),
        ("{$.a.b}", "b is not found"),
        ("{$.b.n.x}", "x is not found"),
        ("{$['b']['d.e']}", "d is not found"),
        ("{..nothing}", "nothing is not found"),
        ("{$.b.c[3]}", "array index out of bounds: index 3, length 3"),
        ("{$.b.c[-4]}", "array index out of bounds: index -1, length 3"),
        ("{$.b.c[0:9]}", "array index out of bounds: index 8, length 3"),
        ("{$.b.c[2:1]}", "starting index 2 is greater than ending index 1"),
        ("{$.a[0]}", "float64 is not array or slice"),
        ("{$.b[0]}", "map[string]interface {} is not array or slice"),
        ("{$.b.c[x]}", "invalid array index x"),
    ],
)
def test_a_path_that_demands_what_is_not_there(path: str, message: str) -> None:
    with pytest.raises(PathError) as refused:
        find(parse_path(path), DOCUMENT)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "path",
    [
        "$.a",
        "text{.a}",
        "{.a}{.s}",
        "{range .items[*]}{.name}{end}",
        "{a}",
        "{.a",
        '{"lit"}',
        "{.items[?(@.v>1)]}",
        "{$.b[?(]}",
        "{.items[?(@.name =~ /^(a+)+$/)]}",
        "{.items[?(match(@.name, '(a+)+'))]}",
        "{.items[?(search (@.name, '^(a+)+$'))]}",
        "{.items[?(length(@.name) > 1.0)]}",
    ],
)
def test_a_path_that_this_engine_cannot_read_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        parse_path(path)


def test_what_a_filter_compares_with_may_look_like_a_function_or_a_regular_expression() -> None:
    assert find(parse_path("{.items[?(@.name!='f(x) =~ y')].name}"), DOCUMENT) == ["x", "y", "z"]
