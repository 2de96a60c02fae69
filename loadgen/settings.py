"""The settings of one run of the visitors, and how they reach Locust.

Locust loads its locustfile by path and owns the command line, so the settings travel beside it, as JSON in one
environment variable. Anybody who starts Locust by hand without it is told what to run instead.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from loadgen.shapes import SMOOTH_USERS, ShapeName

ENVIRONMENT_VARIABLE: Final = "FACES_LOADGEN_SETTINGS"
PAGE_RATE: Final = 8.0
"""Requests per second of one browser: the page asks for its 16 tiles every 2 s."""

Side = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run: where the requests go, how many, in which shape, for how long, and where the samples are written.

    `rate` is in requests per second, and no shape exceeds it; `duration_s` None means until stopped; `out` is the
    path of the sample log, None for no log. `attached` ends the run when its standard input ends and prints nothing,
    because whoever started it reads the log; `as_json` prints the summary as JSON, and nothing else.
    """

    __pydantic_config__ = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    url: str
    rate: Annotated[float, Field(gt=0)]
    shape: ShapeName = "steady"
    duration_s: Annotated[float, Field(gt=0)] | None = None
    out: str | None = None
    rows: Side = 4
    cols: Side = 4
    user_header: str = "X-Faces-User"
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    attached: bool = False
    as_json: bool = False

    @property
    def users(self) -> int:
        """Visitors at full rate: none asks faster than the page does, and a shape that changes needs several."""
        fewest = 1 if self.shape == "steady" else SMOOTH_USERS
        return max(math.ceil(self.rate / PAGE_RATE), fewest)

    @property
    def tile_interval_s(self) -> float:
        """Seconds between two tiles of one visitor."""
        return self.users / self.rate

    def to_environment(self) -> dict[str, str]:
        return {ENVIRONMENT_VARIABLE: _SETTINGS.dump_json(self).decode()}


_SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that `Settings.to_environment` wrote. Raises ValueError with one sentence."""
    text = environment.get(ENVIRONMENT_VARIABLE)
    if text is None:
        raise ValueError(
            f"{ENVIRONMENT_VARIABLE} is not set: start visitors with"
            " 'python -m loadgen --url http://127.0.0.1:8080 --rate 40'."
        )
    try:
        return _SETTINGS.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise ValueError(
            f"{ENVIRONMENT_VARIABLE}: {field}: {first['msg']}; start visitors with 'python -m loadgen'."
        ) from None
