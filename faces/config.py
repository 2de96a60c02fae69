"""All configuration of a replica, from the environment, in one place.

A variable that is empty counts as absent, as in the reference demo. Nonsense is refused: a replica that
guesses what was meant would be bad in ways that nobody asked for.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from faces.addresses import Address, Detours, parse_detours
from faces.faults import FaultModel, faults_from
from faces.palette import color_of
from faces.smileys import smiley_of
from faces.tiles import Grid

Workload = Literal["gui", "face", "smiley", "color"]
WORKLOADS: tuple[Workload, ...] = ("gui", "face", "smiley", "color")

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Service = Annotated[
    Address, BeforeValidator(lambda given: Address.parse(given, 80) if isinstance(given, str) else given)
]
Token = Annotated[str, Field(min_length=1, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")]


class ConfigError(ValueError):
    """One sentence that names the variable."""


class Config(BaseModel):
    """Field names in capitals are the environment's names; port 0 takes any free port."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=str.upper,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )

    workload: Workload
    version: HeaderText = "v1"
    pod: HeaderText = "unknown"
    user_header_name: Token = "X-Faces-User"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    bind_address: str = "0.0.0.0"
    port: Port = 8000
    http_port: Port = 8080
    admin_port: Port = 8001
    control_port: Port = 8002
    control_token: SecretStr | None = None
    connect_to: Annotated[
        Detours, BeforeValidator(lambda given: parse_detours(given) if isinstance(given, str) else given)
    ] = Field(default_factory=dict)
    drain_seconds: Seconds = 1.0

    smiley: Annotated[str, BeforeValidator(smiley_of), Field(validate_default=True)] = "Grinning"
    color: str = ""

    smiley_service: Service = Address("smiley", 80)
    color_service: Service = Address("color", 80)
    face_service: Service = Address("face", 80)
    status_service: Service | None = None
    backend_timeout: Annotated[Seconds, Field(gt=0)] = 2.0

    faults: FaultModel = FaultModel()
    fault_seed: int | None = None

    num_rows: Annotated[int, Field(ge=1, le=100)] = 4
    num_cols: Annotated[int, Field(ge=1, le=100)] = 4
    edge_size: Annotated[int, Field(ge=0, le=100)] = 1
    start_active: bool = True
    hide_key: bool = False
    show_pods: bool = False
    page_folder: Path = Path(__file__).parent / "page"

    @classmethod
    def from_environ(cls, workload: Workload, environ: Mapping[str, str]) -> Self:
        """Raise ConfigError for the first variable that makes no sense."""
        given = {name: text.strip() for name, text in environ.items() if text.strip()}
        settings: dict[str, Any] = {name: given[name] for name in map(str.upper, cls.model_fields) if name in given}
        try:
            faults = FaultModel() if workload == "gui" else faults_from(given)
            return cls.model_validate({**_implied(workload, given), **settings, "WORKLOAD": workload, "FAULTS": faults})
        except ValidationError as error:
            raise ConfigError(_sentence(error, given)) from None
        except ValueError as error:
            raise ConfigError(str(error)) from None

    @property
    def css_color(self) -> str:
        return color_of(self.color or "blue")

    @property
    def grid(self) -> Grid:
        return Grid(self.num_rows, self.num_cols, self.edge_size)


def _implied(workload: Workload, given: Mapping[str, str]) -> dict[str, Any]:
    """What follows from other variables, and loses against being said outright."""
    implied: dict[str, Any] = {"POD": given.get("HOST_IP") or given.get("HOSTNAME") or "unknown"}
    if given.get("DEBUG_ENABLED", "").lower() in ("1", "t", "true"):
        implied["LOG_LEVEL"] = "debug"
    if workload == "gui":
        # It waits for face, which itself may wait for its own limit.
        implied |= {"BACKEND_TIMEOUT": 5.0, "COLOR": "white"}
    return implied


def _sentence(error: ValidationError, given: Mapping[str, str]) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0])
    shown = "" if name == "CONTROL_TOKEN" else f"={given.get(name, '')!r}"
    complaint = first["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    return f"{name}{shown}: {complaint}."
