"""What Kubernetes allows for names, labels and annotations, in its words.

k8s.io/apimachinery: pkg/util/validation/validation.go, pkg/api/validation/objectmeta.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rollouts.errors import Invalid
from rollouts.golang.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_ENDS = "and must start and end with an alphanumeric character"
_QUALIFIED_TEXT = f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS}"
_MAX_ANNOTATIONS = 256 * 1024


def dns_label_problem(text: str) -> str | None:
    if len(text) > 63:
        return _too_long(63)
    if re.fullmatch(_LABEL, text):
        return None
    if re.fullmatch(_SUBDOMAIN, text):
        return "must not contain dots"
    rule = f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {_ENDS}"
    return other_than(rule, _LABEL, "my-name", "123-abc")


def dns_subdomain_problem(text: str) -> str | None:
    if len(text) > 253:
        return _too_long(253)
    if re.fullmatch(_SUBDOMAIN, text):
        return None
    rule = f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_ENDS}"
    return other_than(rule, _SUBDOMAIN, "example.com")


def qualified_name_problem(text: str) -> str | None:
    """Of a key of labels: a name, with a domain and a slash before it if need be."""
    prefix, *names = text.split("/") if "/" in text else ("", text)
    if len(names) > 1:
        rule = other_than(f"a qualified name {_QUALIFIED_TEXT}", _QUALIFIED, "MyName", "my.name", "123-abc")
        return f"{rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    if "/" in text and (problem := _empty(prefix) or dns_subdomain_problem(prefix)):
        return f"prefix part {problem}"
    problem = _empty(names[0]) or (_too_long(63) if len(names[0]) > 63 else None)
    if problem is None and not re.fullmatch(_QUALIFIED, names[0]):
        problem = other_than(_QUALIFIED_TEXT, _QUALIFIED, "MyName", "my.name", "123-abc")
    return None if problem is None else f"name part {problem}"


def label_value_problem(text: str) -> str | None:
    if len(text) > 63:
        return _too_long(63)
    if re.fullmatch(f"({_QUALIFIED})?", text):
        return None
    rule = f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {_ENDS}"
    return other_than(rule, f"({_QUALIFIED})?", "MyValue", "my_value", "12345")


def of_labels(labels: Mapping[str, str], at: str) -> Iterator[Invalid]:
    for key, value in labels.items():
        yield from invalid(at, key, qualified_name_problem(key))
        yield from invalid(at, value, label_value_problem(value))


def of_annotations(annotations: Mapping[str, str], at: str) -> Iterator[Invalid]:
    for key in annotations:
        yield from invalid(at, key, qualified_name_problem(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _MAX_ANNOTATIONS:
        yield Invalid(at, f"Too long: may not be more than {_MAX_ANNOTATIONS} bytes")


def invalid(at: str, value: str, problem: str | None) -> Iterator[Invalid]:
    """The problem of a text, if it has one."""
    if problem is not None:
        yield Invalid(at, f"Invalid value: {quote(value)}: {problem}")


def _empty(text: str) -> str | None:
    return None if text else "must be non-empty"


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} characters"


def other_than(rule: str, pattern: str, *examples: str) -> str:
    shown = ",  or ".join(f"'{example}'" for example in examples)
    return f"{rule} (e.g. {shown}, regex used for validation is '{pattern}')"
