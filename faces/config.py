"""All configuration of a replica, from the environment, in one place.

A variable that is empty counts as absent, as in the reference demo. A value that makes no sense is refused at the
start, by a sentence that says what is allowed: a replica that guessed what was meant would be bad in ways that nobody
asked for.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, SecretStr, ValidationError

from faces.addresses import Address, Detours, parse_detours
from faces.faults import NO_FAULTS, FaultModel, FaultsRefusedError, Protocol, faults_from, possible, protocol_of
from faces.faults.environment import FAULT_VARIABLES
from faces.palette import COLORS, color_of, is_color
from faces.smileys import SMILEYS, is_smiley, smiley_of
from faces.tiles import Grid

Workload = Literal["gui", "face", "smiley", "color"]
WORKLOADS: tuple[Workload, ...] = ("gui", "face", "smiley", "color")

# The page draws no more rows and columns than this (MOST in page/config.js).
MOST_TILES = 40

# A description says what is allowed; it ends the sentence that refuses a value.
Port = Annotated[int, Field(ge=0, le=65535, description="a port from 0 to 65535, 0 being any free one")]
Seconds = Annotated[
    float, Field(ge=0, le=3600, allow_inf_nan=False, description="a number of seconds from 0 to 3600, such as 1.5")
]
Tiles = Annotated[int, Field(ge=1, le=MOST_TILES, description=f"a whole number from 1 to {MOST_TILES}")]
Switch = Annotated[bool, Field(description="true or false")]
Service = Annotated[
    Address, BeforeValidator(lambda given: Address.parse(given, 80) if isinstance(given, str) else given)
]
Token = Annotated[
    str,
    Field(
        min_length=1,
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
        description="the name of an HTTP header, such as X-Faces-User",
    ),
]
HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]+$", description="printable ASCII characters, such as v2")]


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
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="one of debug, info, warning and error")
    ] = "info"
    debug_enabled: Switch = False  # the reference demo's name for LOG_LEVEL=debug

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
    backend_timeout: Annotated[
        Seconds, Field(gt=0, description="a number of seconds, more than 0 and at most 3600, such as 2.5")
    ] = 2.0

    faults: InstanceOf[FaultModel] = NO_FAULTS
    fault_seed: Annotated[int | None, Field(description="a whole number")] = None

    num_rows: Tiles = 4
    num_cols: Tiles = 4
    edge_size: Annotated[int, Field(ge=0, le=MOST_TILES, description=f"a whole number from 0 to {MOST_TILES}")] = 1
    start_active: Switch = True
    hide_key: Switch = False
    show_pods: Switch = False
    page_folder: Path = Path(__file__).parent / "page"

    # Variables that are taken otherwise than their author may have meant, each in a sentence; a replica logs them.
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, workload: Workload, environ: Mapping[str, str]) -> Self:
        """Raise ConfigError for the first variable that makes no sense."""
        given = {name: text.strip() for name, text in environ.items() if text.strip()}
        variables = (name.upper() for name in cls.model_fields if name not in ("workload", "warnings"))
        settings = _implied(workload, given) | {name: given[name] for name in variables if name in given}
        try:
            faults = NO_FAULTS if workload == "gui" else possible(faults_from(given), protocol_of(workload))
            warnings = tuple(_warnings(workload, given))
            made = {**settings, "WORKLOAD": workload, "FAULTS": faults, "WARNINGS": warnings}
            config = cls.model_validate(made)
        except ValidationError as error:
            raise ConfigError(_sentence(error, settings)) from None
        except FaultsRefusedError as error:
            raise ConfigError(f"FAULTS: {error}") from None
        except ValueError as error:
            raise ConfigError(str(error)) from None
        _check_page(config, given)
        _check_ports(config)
        return config

    @property
    def protocol(self) -> Protocol:
        return protocol_of(self.workload)

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


def _warnings(workload: Workload, given: Mapping[str, str]) -> Iterator[str]:
    """What the reference demo bears as well, and what nobody would guess from the tiles."""
    smiley, color = given.get("SMILEY", "Grinning"), given.get("COLOR", "blue")
    if workload == "smiley" and not is_smiley(smiley):
        names = ", ".join(SMILEYS)
        yield f"SMILEY={smiley!r} is no smiley, so the tiles vomit; give one of {names}, U+1F603 or an emoji."
    if workload == "color" and not is_color(color):
        yield f"COLOR={color!r} is no color, so the tiles are yellow; give one of {', '.join(COLORS)} or #66CCEE."
    if workload == "gui" and (ignored := [name for name in FAULT_VARIABLES if name in given]):
        yield f"gui has no faults, so {' and '.join(ignored)} changes nothing; set it on face, smiley or color."


def _check_page(config: Config, given: Mapping[str, str]) -> None:
    if config.workload == "gui" and "PAGE_FOLDER" in given and not (config.page_folder / "index.html").is_file():
        raise ConfigError(
            f"PAGE_FOLDER={given['PAGE_FOLDER']!r} is not allowed; give a folder with an index.html in it."
        )


def _check_ports(config: Config) -> None:
    """Each server wants a port of its own: the second one would find it in use, by this very process."""
    names = ["PORT", "ADMIN_PORT"]
    names += ["HTTP_PORT"] if config.workload == "color" else []
    names += ["CONTROL_PORT"] if config.control_token and config.workload != "gui" else []
    taken: dict[int, str] = {}
    for name in names:
        port = getattr(config, name.lower())
        if port and (other := taken.setdefault(port, name)) != name:
            raise ConfigError(f"{name}='{port}' is not allowed; give a port other than {other}'s.")


def _sentence(error: ValidationError, settings: Mapping[str, Any]) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0])
    shown = name if name == "CONTROL_TOKEN" else f"{name}={settings.get(name, '')!r}"
    allowed = Config.model_fields[name.lower()].description
    if allowed is not None:
        return f"{shown} is not allowed; give {allowed}."
    return f"{shown}: {first['msg'].removeprefix('Value error, ')}."
