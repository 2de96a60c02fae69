"""A release is a change of a Rollout's pod template: a version, its faults, and the name it was released under."""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

RELEASE = "faces.dev/release"
# Faults of an earlier release do not linger in the next one.
_FAULT_VARIABLES = ("FAULTS", "ERROR_FRACTION", "LATCH_FRACTION", "DELAY_BUCKETS", "MAX_RATE")


def released(template: Mapping[str, Any], name: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The pod template with this release's variables in its first container, and every earlier fault taken out."""
    changed: dict[str, Any] = copy.deepcopy(dict(template))
    annotations = changed.setdefault("metadata", {}).setdefault("annotations", {})
    annotations[RELEASE] = name
    container = changed["spec"]["containers"][0]
    kept = [v for v in container.get("env", ()) if v["name"] not in env and v["name"] not in _FAULT_VARIABLES]
    container["env"] = [{"name": key, "value": value} for key, value in env.items()] + kept
    return changed


def release_of(template: Mapping[str, Any]) -> str | None:
    """The name this template was released under; None for one that came from a manifest."""
    annotations = template.get("metadata", {}).get("annotations") or {}
    return annotations.get(RELEASE)


def version_of(template: Mapping[str, Any]) -> str:
    """The version that a pod template names in its variable VERSION; "?" where it names none."""
    for variable in template["spec"]["containers"][0].get("env", ()):
        if variable["name"] == "VERSION":
            return str(variable.get("value", "?"))
    return "?"


def next_version(known: Iterable[str]) -> str:
    """v1, v2, ...: one more than the highest number that any known version has."""
    numbers = [int(match[1]) for version in known if (match := re.fullmatch(r"v(\d+)", version))]
    return f"v{max(numbers, default=0) + 1}"
