"""The sample log: one JSON object per line for each finished request, written as it finishes.

The writer hands each line to the kernel whole and at once, so nothing that was finished is lost, however the visitors
are stopped. A reader takes a line only once its newline is there.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TextIO

if TYPE_CHECKING:
    from pydantic import ConfigDict, GetCoreSchemaHandler, TypeAdapter

Kind = Literal["tile", "page"]


class _NotNegative:
    """What pydantic's Field(ge=0) says, without pydantic: see in_json."""

    def __get_pydantic_core_schema__(self, source: object, handler: "GetCoreSchemaHandler") -> Any:
        return {**handler(source), "ge": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One finished request.

    `t` is when it was sent, in seconds since the epoch; `ms` how long the visitor waited for the last byte;
    `status` the HTTP status, 0 for no answer; `error` a short reason when not `ok`. The versions are those
    that the tile names.
    """

    __pydantic_config__: ClassVar["ConfigDict"] = {"strict": True, "extra": "forbid", "allow_inf_nan": False}

    t: float
    ms: Annotated[float, _NotNegative()]
    kind: Kind
    ok: bool
    status: Annotated[int, _NotNegative()]
    user: str
    error: str | None = None
    smiley: str | None = None
    color: str | None = None
    face: str | None = None


@functools.cache
def in_json() -> "TypeAdapter[Sample]":
    """What reads and writes a sample. Not made before the first one: pydantic is not there yet in `faces demo`, and who
    waits for the first face would wait for it.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(Sample)


class SampleWriter:
    """Appends samples to an open text stream, flushed line by line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, sample: Sample) -> None:
        self._stream.write(in_json().dump_json(sample, exclude_none=True).decode() + "\n")
        self._stream.flush()


def read_samples(path: Path | str) -> list[Sample]:
    """All samples of a log, in the order in which they finished.

    A last line without its newline is still being written and is left out. Raises ValueError naming the line
    when any other line is not a sample, OSError when the file cannot be read.
    """
    return list(_parse(Path(path).read_bytes().split(b"\n")[:-1], path, first_line=1))


class Follower:
    """Reads a log that is still growing. Needs no closing; the file need not exist yet."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._offset = 0
        self._lines = 0

    def poll(self) -> list[Sample]:
        """The samples finished since the last call. When the log was started anew, it is read from its first line."""
        *complete, rest = self._read_on().split(b"\n")
        samples = list(_parse(complete, self._path, first_line=self._lines + 1))
        self._lines += len(complete)
        self._offset -= len(rest)
        return samples

    def _read_on(self) -> bytes:
        try:
            with self._path.open("rb") as log:
                if log.seek(0, 2) < self._offset:
                    self._offset = self._lines = 0
                log.seek(self._offset)
                data = log.read()
        except FileNotFoundError:
            return b""
        self._offset += len(data)
        return data


def follow(path: Path | str) -> Follower:
    """A reader of the log at `path`: each `poll()` returns what is new."""
    return Follower(path)


def _parse(lines: list[bytes], path: Path | str, *, first_line: int) -> Iterator[Sample]:
    from pydantic import ValidationError  # noqa: PLC0415 - see in_json

    for number, line in enumerate(lines, first_line):
        try:
            yield in_json().validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "line"
            raise ValueError(
                f"{path}, line {number} is not a sample: {field}: {first['msg']};"
                " give a log written by 'python -m loadgen --out FILE'."
            ) from None
