"""A rehearsed talk: acts with notes, and what each one does, in a YAML file. Pure, but for reading that file.

title: A bad version
acts:
- title: Everybody is happy
notes: What the speaker says.
- title: v2 goes out
do:
- release: {as: errors-40}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from presenter.actions import Action, read_action
from seam.documents import single
from seam.errors import ManifestError, UserError

FOLDER = Path(__file__).parent / "scripts"
DEFAULT = "bad-v2"


@dataclass(frozen=True, slots=True)
class Act:
    """`do` is done, in this order, when the act begins."""

    title: str
    notes: str = ""
    do: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    title: str
    acts: tuple[Act, ...]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=120)]
    notes: str = ""
    do: Annotated[list[Any], Field(max_length=20)] = Field(default_factory=list)


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=120)]
    acts: Annotated[list[_Act], Field(min_length=1)]


def names() -> list[str]:
    """Of the scripts that are shipped."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def find_script(name: str) -> Script:
    """A shipped one by its name, or FILE.yaml. UserError lists the names; ManifestError names file, act and field."""
    if name.endswith((".yaml", ".yml")):
        return read_script(Path(name))
    if name not in names():
        close = get_close_matches(name.lower(), names(), n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise UserError(
            f"There is no script named {name!r}.{hint} There are: {', '.join(names())}. "
            "A file of your own is named with its ending: FILE.yaml."
        )
    return read_script(FOLDER / f"{name}.yaml")


def read_script(file: Path) -> Script:
    document = single(file)
    if not isinstance(document, Mapping):
        raise ManifestError(file.name, "script", "", "has to be an object with title and acts.")
    try:
        read = _Script.model_validate(document, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        raise ManifestError(file.name, "script", field, f"{_message(first)}.") from error
    acts = tuple(
        Act(act.title, act.notes.strip(), tuple(read_action(one, file.name, f"act {number}") for one in act.do))
        for number, act in enumerate(read.acts, 1)
    )
    return Script(read.title, acts)


def _message(first: Any) -> str:
    if first["type"] == "extra_forbidden":
        return "is not a field of a script; remove it, or check its spelling (an act has title, notes and do)"
    return "is missing; add it" if first["type"] == "missing" else str(first["msg"])
