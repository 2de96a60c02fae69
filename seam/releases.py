"""A release as a value: what changes in a Rollout's pod template, which faults it has and when, how it should end.

A platform is told the pod change alone; the faults that start later are switched on by whoever runs the release
(chaos/experiment). Nothing here knows a platform.
"""

import copy
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seam.errors import UserError

RELEASE = "faces.dev/release"
_REPLACED = "faces.dev/replaced"
CALLERS = "faces.dev/callers"
"""The pod annotation that names the workloads which may call these pods."""
NOBODY = "nobody"
"""The caller who is no workload: whoever lets him in lets nobody in."""
IDENTITY = "faces.dev/identity"
"""The pod annotation that says how these pods' certificate is."""
# The name of the container port at which a pod is told its faults; a pod without one has none.
CONTROL_PORT = "control"
_NO_FAULTS = ("", "{}")
# Faults of an earlier release do not linger in the next one.
_FAULT_VARIABLES = ("FAULTS", "ERROR_FRACTION", "LATCH_FRACTION", "DELAY_BUCKETS", "MAX_RATE")


class Outcome(StrEnum):
    """How a release ended, or that it has not ended."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    PAUSED = "paused"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class PodChange:
    """What a release changes in the pod template's first container; None and empty leave it as it is.

    Probes and resources are Kubernetes' own objects. `annotations` are the pod's.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    command: tuple[str, ...] | None = None
    readiness_probe: Mapping[str, Any] | None = None
    liveness_probe: Mapping[str, Any] | None = None
    resources: Mapping[str, Any] | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The fields that change something, under Kubernetes' names."""
        shown = {
            "env": dict(self.env),
            "image": self.image,
            "command": list(self.command) if self.command is not None else None,
            "readinessProbe": self.readiness_probe,
            "livenessProbe": self.liveness_probe,
            "resources": self.resources,
            "annotations": dict(self.annotations),
        }
        return {name: value for name, value in shown.items() if value not in (None, {})}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> "PodChange":
        """The inverse of `to_json`."""
        command = shown.get("command")
        return cls(
            env=shown.get("env", {}),
            image=shown.get("image"),
            command=tuple(command) if command is not None else None,
            readiness_probe=shown.get("readinessProbe"),
            liveness_probe=shown.get("livenessProbe"),
            resources=shown.get("resources"),
            annotations=shown.get("annotations", {}),
        )


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults in the pods of one workload, and when they are on.

    `faults` is the app's own JSON model (fractions are percentages, `ms` milliseconds). `workload` None is the released
    one, where only the new version's pods have them, or with `every_version` all; of another workload, every pod. They
    are on from the start, or from the moment the canary has `from_weight` percent of the traffic, or `after_s` seconds
    after the release; for `for_s` seconds, or until the end; with `every_s` again and again, each time for `for_s` of
    `every_s` seconds.
    """

    faults: Mapping[str, Any]
    workload: str | None = None
    from_weight: int | None = None
    after_s: float | None = None
    for_s: float | None = None
    every_s: float | None = None
    every_version: bool = False

    @property
    def from_the_start(self) -> bool:
        """Whether the pod template alone can say it: the new pods have the faults from their first request on."""
        return self == FaultPlan(self.faults)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a release needs around it in order to show what it is, where nobody says otherwise.

    `workload` is released. `services` are annotations of Services, by their name: what the mesh does with requests to
    them. Visitors send `rate` requests a second in this `shape`.
    """

    workload: str = "smiley"
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rate: float = 40.0
    shape: str = "steady"


@dataclass(frozen=True, slots=True)
class Release:
    """A version one can push.

    `summary` is one sentence for people. `expected` is how the shipped analyses end it, and `seen_by` names the metrics
    that should notice. `pods` is what changes beside the faults. `felt` is what users feel of it, and `unseen` what a
    mesh cannot see of it; both are empty for a good one. `tolerated` is the share of requests (0 to 1) that fails
    whatever the version.
    """

    name: str
    summary: str
    expected: Outcome
    faults: tuple[FaultPlan, ...] = ()
    seen_by: tuple[str, ...] = ()
    pods: PodChange = PodChange()
    felt: str = ""
    unseen: str = ""
    scene: Scene = Scene()
    tolerated: float = 0.0

    @property
    def bad(self) -> bool:
        """Whether users would rather not have it, however it ends."""
        return self.expected is not Outcome.PROMOTED or bool(self.felt)


def released(template: Mapping[str, Any], name: str, version: str, change: PodChange) -> dict[str, Any]:
    """The pod template with this release's changes in its first container, and those of earlier releases undone.

    UserError if the release is bad by faults and these pods have none: it would go out as a healthy version.
    """
    bad = any(change.env.get(variable, "") not in _NO_FAULTS for variable in _FAULT_VARIABLES)
    if bad and not takes_faults(template):
        raise no_faults(template["spec"]["containers"][0]["name"], name)
    changed: dict[str, Any] = copy.deepcopy(dict(template))
    annotations = changed.setdefault("metadata", {}).setdefault("annotations", {})
    container = changed["spec"]["containers"][0]
    before = json.loads(annotations.pop(_REPLACED, "{}"))
    _put_back(annotations, before.pop("annotations", {}))
    _restore(container, before)
    fields = {name: value for name, value in change.to_json().items() if name not in ("env", "annotations")}
    replaced = _replaced(container, fields, change.env)
    if change.annotations:
        replaced["annotations"] = {key: annotations.get(key) for key in change.annotations}
        annotations.update(change.annotations)
    if replaced:
        annotations[_REPLACED] = json.dumps(replaced, sort_keys=True)
    annotations[RELEASE] = name
    env = {"VERSION": version, **change.env}
    kept = [v for v in container.get("env", ()) if v["name"] not in env and v["name"] not in _FAULT_VARIABLES]
    container.update(fields)
    container["env"] = [{"name": key, "value": value} for key, value in env.items()] + kept
    return changed


def needs_own_mesh(change: PodChange) -> bool:
    """Whether the release is bad by what only a mesh of faces' own reads: who may call, and whose certificate it is."""
    return not change.annotations.keys().isdisjoint((CALLERS, IDENTITY))


def takes_faults(template: Mapping[str, Any]) -> bool:
    """Whether the pods of this template can have faults."""
    ports = (port for container in template["spec"]["containers"] for port in container.get("ports") or ())
    return any(port.get("name") == CONTROL_PORT for port in ports)


def no_faults(workload: str, release: str, others: Iterable[str] = ()) -> UserError:
    """Why `workload` cannot be released as `release`; `others` are workloads that can."""
    choice = f" Choose another workload ({', '.join(others)})," if others else " Choose another workload,"
    return UserError(
        f"{workload} cannot be released as {release}: it has no control port, so it has no faults.{choice} "
        "or a release without faults, such as good."
    )


def _replaced(container: Mapping[str, Any], fields: Iterable[str], env: Iterable[str]) -> dict[str, Any]:
    """What a release takes the place of, so that the next one can put it back; None for what was not there."""
    variables = {variable["name"]: variable for variable in container.get("env", ())}
    own = {key: variables.get(key) for key in env if key not in ("VERSION", *_FAULT_VARIABLES)}
    return {key: container.get(key) for key in fields} | ({"env": own} if own else {})


def _restore(container: dict[str, Any], replaced: Mapping[str, Any]) -> None:
    before: Mapping[str, Any] = replaced.get("env", {})
    container["env"] = [
        *(variable for variable in container.get("env", ()) if variable["name"] not in before),
        *(variable for variable in before.values() if variable is not None),
    ]
    _put_back(container, {key: value for key, value in replaced.items() if key != "env"})


def _put_back(changed: dict[str, Any], before: Mapping[str, Any]) -> None:
    """None was not there."""
    for key, value in before.items():
        if value is None:
            changed.pop(key, None)
        else:
            changed[key] = value


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


def images_of(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The images of a pod template's containers."""
    return tuple(str(container["image"]) for container in template["spec"]["containers"] if container.get("image"))


def next_version(known: Iterable[str]) -> str:
    """v1, v2, ...: one more than the highest number that any known version has."""
    numbers = [int(match[1]) for version in known if (match := re.fullmatch(r"v(\d+)", version))]
    return f"v{max(numbers, default=0) + 1}"
