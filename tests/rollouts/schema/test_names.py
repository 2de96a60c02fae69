from __future__ import annotations

import pytest

from rollouts.schema.names import dns_label_problem, dns_subdomain_problem, label_value_problem, qualified_name_problem


@pytest.mark.parametrize("name", ["a", "a-1", "1", "a" * 63])
def test_a_label_of_dns(name: str) -> None:
    assert dns_label_problem(name) is None
    assert dns_subdomain_problem(f"{name}.{name}") is None


@pytest.mark.parametrize("name", ["", "A", "-a", "a-", "a_b", "a b", "ä", "a\n"])
def test_no_label_of_dns(name: str) -> None:
    assert dns_label_problem(name) is not None
    assert dns_subdomain_problem(name) is not None


@pytest.mark.parametrize("key", ["a", "A.b_c-1", "example.com/A", "a" * 63])
def test_a_key_of_labels(key: str) -> None:
    assert qualified_name_problem(key) is None


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "name part must be non-empty"),
        ("a" * 64, "name part must be no more than 63 characters"),
        ("-a", "name part must consist of alphanumeric characters"),
        ("/a", "prefix part must be non-empty"),
        ("A.com/a", "prefix part a lowercase RFC 1123 subdomain must consist"),
        ("a/", "name part must be non-empty"),
        ("a/b/c", "a qualified name must consist of alphanumeric characters"),
    ],
)
def test_no_key_of_labels(key: str, problem: str) -> None:
    assert (qualified_name_problem(key) or "").startswith(problem)


@pytest.mark.parametrize(
    ("value", "sound"), [("", True), ("a.B-c_1", True), ("a ", False), ("-", False), ("a" * 64, False)]
)
def test_a_value_of_labels(value: str, *, sound: bool) -> None:
    assert (label_value_problem(value) is None) is sound
