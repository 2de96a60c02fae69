"""The usual rules of Kubernetes about a container's variables, in its order.

k8s.io/kubernetes: pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid
from rollouts.golang.text import quote
from rollouts.schema.names import dns_subdomain_problem, invalid, other_than, qualified_name_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VARIABLE = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_KEY = "[-._a-zA-Z0-9]+"
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ONE_OF = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_WHOLE = ("metadata.annotations", "metadata.labels")
# What a selector of pods may ask for, and a variable may not.
_OF_SELECTORS = ("spec.restartPolicy", "spec.schedulerName", "status.phase")


def of_variables(variables: Iterable[Mapping[str, Any]], at: str) -> Iterator[Invalid]:
    for i, variable in enumerate(variables):
        path, name = f"{at}[{i}]", variable["name"]
        if name:
            yield from invalid(f"{path}.name", name, _variable_problem(name))
        else:
            yield Invalid(f"{path}.name", "Required value")
        if "valueFrom" in variable:
            yield from _of_source(variable["valueFrom"], variable.get("value", ""), f"{path}.valueFrom")


def of_sources(sources: Iterable[Mapping[str, Any]], at: str) -> Iterator[Invalid]:
    """Of whole ConfigMaps and Secrets."""
    for i, source in enumerate(sources):
        if source.get("prefix"):
            yield from invalid(f"{at}[{i}].prefix", source["prefix"], _variable_problem(source["prefix"]))
        given = [kind for kind in ("configMapRef", "secretRef") if kind in source]
        for kind in given:
            name, path = source[kind].get("name", ""), f"{at}[{i}].{kind}.name"
            if name:
                # A dash at the end may be that of a name's beginning.
                yield from invalid(path, name, dns_subdomain_problem(re.sub("-$", "a", name)))
            else:
                yield Invalid(path, "Required value")
        if not given:
            yield Invalid(at, "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield Invalid(at, "may not have more than one field specified at a time")


def _of_source(source: Mapping[str, Any], value: str, at: str) -> Iterator[Invalid]:
    given = [kind for kind in _SOURCES if kind in source]
    if "fieldRef" in source:
        yield from _of_field(source["fieldRef"], f"{at}.fieldRef")
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            yield from _of_key(source[kind], f"{at}.{kind}")
    if not given:
        yield Invalid(at, _ONE_OF)
    elif value:
        yield Invalid(at, "may not be specified when `value` is not empty")
    elif len(given) > 1:
        yield Invalid(at, "may not have more than one field specified at a time")


def _of_field(reference: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    path, version = reference["fieldPath"], reference.get("apiVersion") or "v1"
    if not path:
        yield Invalid(f"{at}.fieldPath", "Required value")
    elif version != "v1":
        yield Invalid(f"{at}.fieldPath", f"error converting fieldPath: unsupported pod version: {version}")
    elif path.endswith("']") and "['" in path:
        whole, _, key = path.removesuffix("']").partition("['")
        if whole not in _WHOLE:
            text = f"error converting fieldPath: field label does not support subscript: {path}"
            yield Invalid(f"{at}.fieldPath", text)
        else:
            asked = key.lower() if whole == "metadata.annotations" else key
            yield from invalid(at, asked, qualified_name_problem(asked))
    elif path in (*_WHOLE, *_OF_SELECTORS):
        supported = ", ".join(map(quote, _FIELDS))
        yield Invalid(f"{at}.fieldPath", f"Unsupported value: {quote(path)}: supported values: {supported}")
    elif path not in (*_FIELDS, "spec.host"):
        yield Invalid(f"{at}.fieldPath", f"error converting fieldPath: field label not supported: {path}")


def _of_key(reference: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    name, key = reference.get("name", ""), reference["key"]
    yield from invalid(f"{at}.name", name, dns_subdomain_problem(name))
    if not key:
        yield Invalid(f"{at}.key", "Required value")
    elif not re.fullmatch(_KEY, key):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        yield from invalid(f"{at}.key", key, other_than(rule, _KEY, "key.name", "KEY_NAME", "key-name"))
    else:
        yield from invalid(f"{at}.key", key, _dots_problem(key))


def _variable_problem(name: str) -> str | None:
    if re.fullmatch(_VARIABLE, name):
        return _dots_problem(name)
    rule = (
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
        "and must not start with a digit"
    )
    return other_than(rule, _VARIABLE, "my.env-name", "MY_ENV.NAME", "MyEnvName1")


def _dots_problem(name: str) -> str | None:
    if name in (".", ".."):
        return f"must not be '{name}'"
    return "must not start with '..'" if name.startswith("..") else None
