"""What a presenter can do, as values: the same in a script's YAML and in what the presenter's page sends as JSON.

reset
release: {as: errors-40}
load: {rate: 80, shape: burst}
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from faces.faults import FaultsRefusedError, MalformedJSONError, parse_model
from seam.errors import ManifestError

MOST_TILES = 40
Workload = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Side = Annotated[int, Field(ge=1, le=MOST_TILES)]


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Release(_Action):
    """`as` names a release of the catalogue or a file; `workload` None is the one that the release is made for."""

    release: Annotated[str, Field(alias="as", min_length=1)] = "errors-40"
    workload: Workload | None = None
    version: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,40}$")] | None = None


class Promote(_Action):
    workload: Workload | None = None
    full: bool = False


class Abort(_Action):
    """`workload` None, here as in the others: the one that was released last."""

    workload: Workload | None = None


class Retry(_Action):
    workload: Workload | None = None


class Inject(_Action):
    """Faults in running pods: those of a release, or the app's own JSON."""

    workload: Workload | None = None
    release: Annotated[str | None, Field(alias="as")] = None
    faults: dict[str, Any] = Field(default_factory=dict)
    version: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.faults) == (self.release is not None):
            raise ValueError("give either as, with a release's name, or faults, such as {error: {fraction: 40}}")
        if self.faults:
            try:
                parse_model(json.dumps(self.faults))
            except (FaultsRefusedError, MalformedJSONError) as error:
                raise ValueError(str(error)) from error
        return self


class Clear(_Action):
    """`workload` None: of every workload."""

    workload: Workload | None = None


class Load(_Action):
    """`rate` in requests a second."""

    rate: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    shape: Literal["steady", "ramp", "burst"] = "steady"


class Grid(_Action):
    rows: Side
    cols: Side


class Freeze(_Action):
    """The picture stands still, whatever goes on behind it. `on` None: the other way round."""

    on: bool | None = None


class Replay(_Action):
    """The last release that has ended, on the page once more; while it plays: back to what is live."""

    speed: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0


class Reset(_Action):
    """Everything as at first: the first version of every workload, no fault, history and counters at zero."""


Action = Release | Promote | Abort | Retry | Inject | Clear | Load | Grid | Freeze | Replay | Reset
KINDS: Mapping[str, type[_Action]] = {
    "release": Release,
    "promote": Promote,
    "abort": Abort,
    "retry": Retry,
    "inject": Inject,
    "clear": Clear,
    "load": Load,
    "grid": Grid,
    "freeze": Freeze,
    "replay": Replay,
    "reset": Reset,
}


def read_action(given: Any, source: str = "request", subject: str = "action") -> Action:
    """`reset`, or an object with one key. ManifestError names the field, and what it should be."""
    kind, values = (given, {}) if isinstance(given, str) else _single(given)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ManifestError(source, subject, "", f"{kind!r} is nothing to do; choose one of {', '.join(KINDS)}.")
    try:
        action: Action = TypeAdapter(KINDS[kind]).validate_python(values or {}, strict=True)  # type: ignore[assignment]
    except ValidationError as error:
        raise ManifestError(source, subject, *_what(kind, error)) from error
    return action


def _single(given: Any) -> tuple[Any, Any]:
    if isinstance(given, Mapping) and len(given) == 1:
        return next(iter(given.items()))
    return given, None


def _what(kind: str, error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, (kind, *first["loc"])))
    return field, f"{first['msg'].removeprefix('Value error, ')}."
