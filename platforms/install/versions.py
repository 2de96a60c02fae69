"""Every version of what is put into a cluster, as versions.toml has it, and what of it was run together.

python -m platforms.install.versions
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "versions.toml"
TOOLS = Path(__file__).parent / "tools"
UNVERIFIED = "not verified here"


@dataclass(frozen=True, slots=True)
class Part:
    """`module`, `image` and `source` are as the file says; "" is none. `digest` is that of the image."""

    version: str
    module: str = ""
    image: str = ""
    source: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Parts that were run together, how, and on which day; None if nobody has written that down."""

    run: str
    parts: tuple[str, ...]
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    parts: Mapping[str, Part]
    together: tuple[Together, ...]


@cache
def read(file: Path = FILE) -> Versions:
    """Raises ValueError for a field that it does not know, and for a part that is run and is not there."""
    text = tomllib.loads(file.read_text())
    runs = text.pop("together", [])
    try:
        parts = {name: Part(**fields) for name, fields in text.items()}
        together = tuple(Together(**{**one, "parts": tuple(one["parts"])}) for one in runs)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file.name}: {error}.") from error
    unknown = sorted({name for one in together for name in one.parts} - parts.keys())
    if unknown:
        raise ValueError(f"{file.name}: {', '.join(unknown)} was run, and has no version.")
    return Versions(parts, together)


def version_of(name: str) -> str:
    return read().parts[name].version


def module_digest(name: str, part: Part) -> str:
    """That of a Go module: the line of go.sum that every build is held to. "" where it has none."""
    file = TOOLS / name / "go.sum"
    line = rf"^{re.escape(part.module)} {re.escape(part.version)} (h1:\S+)$"
    found = re.search(line, file.read_text(), re.MULTILINE) if part.module and file.is_file() else None
    return found[1] if found else ""


def page(versions: Versions) -> str:
    """For people: a line for each way in which a part is had, then what was run together."""
    rows = [("part", "version", "had as", "digest")]
    for name, part in versions.parts.items():
        if part.module:
            rows.append((name, part.version, f"Go module {part.module}", module_digest(name, part) or UNVERIFIED))
        if part.image:
            rows.append((name, part.version, f"image {part.image}:{part.version}", part.digest or UNVERIFIED))
        if part.source:
            rows.append((name, part.version, f"source of {part.source}", UNVERIFIED))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    lines += ["", "Tested together:"]
    for one in versions.together:
        day = one.day.isoformat() if one.day else "day unknown"
        lines += [f"  {day}  {one.run}"]
        lines += [f"    {name} {versions.parts[name].version}" for name in one.parts]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(read()))
