"""The usual rules of Kubernetes about one container, in its order.

k8s.io/kubernetes: pkg/apis/core/validation/validation.go (validateContainerCommon, validateProbe).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid
from rollouts.golang.text import quote
from rollouts.schema.names import dns_label_problem, invalid
from rollouts.validation.resources import of_resources
from rollouts.validation.variables import of_sources, of_variables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def of_container(container: Mapping[str, Any], volumes: Collection[str], at: str) -> Iterator[Invalid]:
    """`volumes` are the names of the pod's."""
    if container["name"]:
        yield from invalid(f"{at}.name", container["name"], dns_label_problem(container["name"]))
    else:
        yield Invalid(f"{at}.name", "Required value")
    if not container.get("image"):
        yield Invalid(f"{at}.image", "Required value")
    yield from _one_of(container, "terminationMessagePolicy", at, "File", "FallbackToLogsOnError")
    yield from _of_ports(container.get("ports", []), f"{at}.ports")
    yield from of_variables(container.get("env", []), f"{at}.env")
    yield from of_sources(container.get("envFrom", []), f"{at}.envFrom")
    for i, mount in enumerate(container.get("volumeMounts", [])):
        if not mount["name"]:
            yield Invalid(f"{at}.volumeMounts[{i}].name", "Required value")
        if mount["name"] not in volumes:
            yield Invalid(f"{at}.volumeMounts[{i}].name", f"Not found: {quote(mount['name'])}")
        if not mount["mountPath"]:
            yield Invalid(f"{at}.volumeMounts[{i}].mountPath", "Required value")
    yield from _one_of(container, "imagePullPolicy", at, "Always", "IfNotPresent", "Never")
    yield from of_resources(container.get("resources", {}), f"{at}.resources")


def of_probes(container: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe, path = container.get(name), f"{at}.{name}"
        if probe is None:
            continue
        yield from _of_handler(probe, path)
        for field in _NUMBERS:
            if probe.get(field, 0) < 0:
                text = f"Invalid value: {probe[field]}: must be greater than or equal to 0"
                yield Invalid(f"{path}.{field}", text)
        threshold = probe.get("successThreshold") or 1
        if name != "readinessProbe" and threshold != 1:
            yield Invalid(f"{path}.successThreshold", f"Invalid value: {threshold}: must be 1")


def _of_handler(probe: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    given = [name for name in _HANDLERS if name in probe]
    if not given:
        yield Invalid(at, "Required value: must specify a handler type")
        return
    yield from _of_chosen_handler(given[0], probe[given[0]], f"{at}.{given[0]}")
    for name in given[1:]:
        yield Invalid(f"{at}.{name}", "Forbidden: may not specify more than 1 handler type")


def _of_chosen_handler(name: str, handler: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    if name == "exec" and not handler.get("command"):
        yield Invalid(f"{at}.command", "Required value")
    if "port" in handler:
        port = handler["port"]
        problem = _port_name_problem(port) if isinstance(port, str) else _port_problem(port)
        if problem is not None:
            yield Invalid(f"{at}.port", f"Invalid value: {quote(port) if isinstance(port, str) else port}: {problem}")


def _of_ports(ports: Any, at: str) -> Iterator[Invalid]:
    seen: set[str] = set()
    for i, port in enumerate(ports):
        name, path = port.get("name", ""), f"{at}[{i}]"
        if name:
            yield from invalid(f"{path}.name", name, _port_name_problem(name))
            if name in seen:
                yield Invalid(f"{path}.name", f"Duplicate value: {quote(name)}")
            seen.add(name)
        if port["containerPort"] == 0:
            yield Invalid(f"{path}.containerPort", "Required value")
        for field in ("containerPort", "hostPort"):
            number = port.get(field, 0)
            if number != 0 and (problem := _port_problem(number)):
                yield Invalid(f"{path}.{field}", f"Invalid value: {number}: {problem}")
        yield from _one_of(port, "protocol", path, "SCTP", "TCP", "UDP")


def _port_problem(number: int) -> str | None:
    return None if 1 <= number <= 65535 else "must be between 1 and 65535, inclusive"


def _port_name_problem(name: str) -> str | None:
    if len(name) > 15:
        return "must be no more than 15 characters"
    if not re.fullmatch("[-a-z0-9]+", name):
        return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        return "must contain at least one letter (a-z)"
    if "--" in name:
        return "must not contain consecutive hyphens"
    return "must not begin or end with a hyphen" if name.strip("-") != name else None


def _one_of(part: Mapping[str, Any], field: str, at: str, *values: str) -> Iterator[Invalid]:
    value = part.get(field) or values[0]
    if value not in values:
        supported = ", ".join(quote(one) for one in values)
        yield Invalid(f"{at}.{field}", f"Unsupported value: {quote(value)}: supported values: {supported}")
