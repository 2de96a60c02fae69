"""Faults from environment variables: the reference demo's short names, and FAULTS for everything.

0 and the empty list switch a short name off, as they do in the reference demo.
"""

import json
from collections.abc import Mapping
from typing import Any

from faces.faults.model import NO_FAULTS, FaultModel, parse_model
from faces.faults.refusals import FaultsRefusedError, MalformedJSONError

SHORT_NAMES: Mapping[str, tuple[str, str]] = {
    "ERROR_FRACTION": ("error", "fraction"),
    "LATCH_FRACTION": ("latch", "fraction"),
    "DELAY_BUCKETS": ("delay", "buckets_ms"),
    "MAX_RATE": ("rate_limit", "max_rate"),
}
FAULT_VARIABLES = ("FAULTS", *SHORT_NAMES)


def faults_from(environ: Mapping[str, str]) -> FaultModel:
    """Raise ValueError with a sentence that names the variable."""
    model = _all_at_once(environ.get("FAULTS", "").strip())
    for name, (kind, field) in SHORT_NAMES.items():
        if text := environ.get(name, "").strip():
            if model.get(kind) is not None:
                raise ValueError(f"{name} and FAULTS both set the fault {kind}; keep one of them.")
            model = model.model_copy(update={kind: _single(name, text, kind, field)})
    return model


def _all_at_once(text: str) -> FaultModel:
    if not text:
        return NO_FAULTS
    try:
        return parse_model(text)
    except MalformedJSONError as error:
        raise ValueError(f"FAULTS={text!r} is not a JSON object: {error.__cause__ or error}.") from error
    except FaultsRefusedError as error:
        raise ValueError(f"FAULTS: {error}") from error


def _single(name: str, text: str, kind: str, field: str) -> Any:
    value = _numbers(name, text) if field == "buckets_ms" else _number(name, text)
    if value in (0, []):
        return None
    try:
        return parse_model(json.dumps({kind: {field: value}})).get(kind)
    except FaultsRefusedError as error:
        raise ValueError(f"{name}={text!r} {error.problem}.") from error


def _numbers(name: str, text: str) -> list[float]:
    return [_number(name, part) for part in text.split(",")]


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name}={text!r} is not a number; give one, such as 40.") from None
