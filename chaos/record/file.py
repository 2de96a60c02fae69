"""A record as one file: a JSON object a line, compressed. The first line says what it is, the others what was seen.

A report can be made again from it, on another machine, later: `faces report FILE`.
"""

import contextlib
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chaos.record.record import End, FaultCount, Record, Seen
from loadgen.samples import in_json
from seam.errors import UserError
from seam.releases import FaultPlan, Outcome, PodChange, Release, Scene
from seam.views import EventView
from seam.wire import rollout_from_json, rollout_to_json

FORMAT = "faces record 1"
_HEAD = ("platform", "engine", "faces_version", "workload", "version", "began_at", "released_at", "ended_at", "reason")


def write_record(record: Record, path: Path) -> None:
    """Write the file whole, or not at all. UserError: it cannot be written there."""
    text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in _lines(record))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
        unfinished.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}. Name a folder that you may write to.") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def read_record(path: Path) -> Record:
    """UserError names the file and what is wrong with it."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}.") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is not a whole record: {error}. Copy it again from where it was made.") from error
    try:
        return _parsed([json.loads(line) for line in text.splitlines()])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        begins = text.startswith('{"format": "faces record')
        problem = str(error).splitlines()[0] if begins else "it does not begin as one"
        raise UserError(
            f"{path}: is no record of this version of faces ({problem}). Give the record.ndjson.gz beside a report."
        ) from error


def _lines(record: Record) -> Iterator[dict[str, Any]]:
    head = {name: getattr(record, name) for name in _HEAD}
    yield {"format": FORMAT, **head, "ended": record.ended.value, "release": release_to_json(record.release)}
    for seen in record.views:
        yield {"t": seen.t, "view": rollout_to_json(seen.view)}
    for event in record.events:
        yield {"event": asdict(event)}
    for count in record.injected:
        yield {"injected": asdict(count)}
    for sample in record.samples:
        yield {"sample": {name: value for name, value in asdict(sample).items() if value is not None}}


def _parsed(lines: list[dict[str, Any]]) -> Record:
    head = lines[0]
    if head["format"] != FORMAT:
        raise ValueError(f"its format is {head['format']!r}, not {FORMAT!r}")
    return Record(
        **{name: head[name] for name in _HEAD},
        ended=End(head["ended"]),
        release=release_from_json(head["release"]),
        views=tuple(Seen(line["t"], rollout_from_json(line["view"])) for line in lines if "view" in line),
        events=tuple(EventView(**line["event"]) for line in lines if "event" in line),
        samples=tuple(in_json().validate_json(json.dumps(line["sample"])) for line in lines if "sample" in line),
        injected=tuple(FaultCount(**line["injected"]) for line in lines if "injected" in line),
    )


def release_to_json(release: Release) -> dict[str, Any]:
    return {
        "name": release.name,
        "summary": release.summary,
        "expected": release.expected.value,
        "faults": [asdict(plan) for plan in release.faults],
        "seen_by": list(release.seen_by),
        "pods": release.pods.to_json(),
        "felt": release.felt,
        "unseen": release.unseen,
        "scene": asdict(release.scene),
        "tolerated": release.tolerated,
    }


def release_from_json(shown: dict[str, Any]) -> Release:
    """The inverse of `release_to_json`."""
    return Release(
        shown["name"],
        shown["summary"],
        Outcome(shown["expected"]),
        tuple(FaultPlan(**plan) for plan in shown["faults"]),
        tuple(shown["seen_by"]),
        PodChange.from_json(shown["pods"]),
        # Records of earlier days know none of these.
        felt=shown.get("felt", ""),
        unseen=shown.get("unseen", ""),
        scene=Scene(**shown.get("scene", {})),
        tolerated=shown.get("tolerated", 0.0),
    )
