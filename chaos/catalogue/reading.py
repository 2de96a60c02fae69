"""A release that somebody wrote: `faces demo --as FILE.yaml`. Refused by file, field and next step.

name: flaky
summary: Fails every other request for 5 s of every 20 s.
expected: rolled_back          # or promoted, paused, undecided
seenBy: [success-rate]
faults:
- faults: {error: {fraction: 50}}
afterSeconds: 5
forSeconds: 5
everySeconds: 20
pods:
env: {LOG_LEVEL: debug}
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from faces.faults import FaultsRefusedError, MalformedJSONError, parse_model
from seam.documents import single
from seam.errors import ManifestError
from seam.releases import FaultPlan, Outcome, PodChange, Release

_Seconds = Annotated[float, Field(gt=0, le=3600)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class _Plan(_Strict):
    faults: dict[str, Any]
    workload: str | None = None
    from_weight: Annotated[int, Field(ge=1, le=100)] | None = None
    after_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    for_seconds: _Seconds | None = None
    every_seconds: _Seconds | None = None
    every_version: bool = False

    @field_validator("faults")
    @classmethod
    def _known_to_the_app(cls, faults: dict[str, Any]) -> dict[str, Any]:
        try:
            read = parse_model(json.dumps(faults))
        except (FaultsRefusedError, MalformedJSONError) as error:
            raise ValueError(str(error)) from error
        if not read.as_json():
            raise ValueError("names no fault; give one, such as {error: {fraction: 40}}, or leave the entry out")
        return faults

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.every_seconds is not None and (self.for_seconds is None or self.for_seconds >= self.every_seconds):
            raise ValueError("everySeconds needs forSeconds, which has to be shorter")
        if self.from_weight is not None and self.after_seconds is not None:
            raise ValueError("give either fromWeight or afterSeconds, not both")
        return self

    def value(self) -> FaultPlan:
        return FaultPlan(
            self.faults,
            self.workload,
            self.from_weight,
            self.after_seconds,
            self.for_seconds,
            self.every_seconds,
            self.every_version,
        )


class _Pods(_Strict):
    env: dict[str, str] = Field(default_factory=dict)
    image: str | None = None
    command: tuple[str, ...] | None = None
    readiness_probe: dict[str, Any] | None = None
    liveness_probe: dict[str, Any] | None = None
    resources: dict[str, Any] | None = None
    annotations: dict[str, str] = Field(default_factory=dict)

    @field_validator("env")
    @classmethod
    def _version_is_given_elsewhere(cls, env: dict[str, str]) -> dict[str, str]:
        if "VERSION" in env:
            raise ValueError("VERSION is given by the release itself; choose another with --version")
        return env

    def value(self) -> PodChange:
        return PodChange(
            self.env,
            self.image,
            self.command,
            self.readiness_probe,
            self.liveness_probe,
            self.resources,
            self.annotations,
        )


class _Document(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    summary: Annotated[str, Field(min_length=1, max_length=200)]
    expected: Outcome
    seen_by: tuple[str, ...] = ()
    felt: str = ""
    unseen: str = ""
    faults: tuple[_Plan, ...] = ()
    pods: _Pods = _Pods()

    def value(self) -> Release:
        plans = tuple(plan.value() for plan in self.faults)
        pods = self.pods.value()
        return Release(self.name, self.summary, self.expected, plans, self.seen_by, pods, self.felt, self.unseen)


def read_release(file: Path) -> Release:
    """The one release in a YAML or JSON file. ManifestError names the file, the field and what it should be."""
    document = single(file)
    if not isinstance(document, Mapping):
        raise ManifestError(file.name, "release", "", "has to be an object with name, summary and expected.")
    try:
        return _Document.model_validate(document).value()
    except ValidationError as error:
        raise _refusal(file.name, error) from error


def _refusal(file: str, error: ValidationError) -> ManifestError:
    first = error.errors(include_url=False)[0]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        known = "name, summary, expected, seenBy, felt, unseen, faults and pods"
        message = f"is not a field of a release; remove it, or check its spelling (at the top: {known})"
    elif first["type"] == "missing":
        message = "is missing; add it"
    return ManifestError(file, "release", field, f"{message}.")
