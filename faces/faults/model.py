"""The model: all faults of one replica as one JSON object, `{"error": {"fraction": 40}, ...}`; absent is off.

The order of its fields is the order in which faults act. The rate limit comes first, because a limited
request gets no further; `latch` turns errors into worse ones, so it comes after `error`. The waits apply to
every answer, bad ones too.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from faces.faults.delay import Delay
from faces.faults.error import Error
from faces.faults.fault import Call, Fault, Plan
from faces.faults.hang import Hang
from faces.faults.latch import Latch
from faces.faults.rate_limit import RateLimit
from faces.faults.refusals import MalformedJSONError, refusal
from faces.faults.tail_latency import TailLatency


class FaultModel(BaseModel):
    """Immutable and comparable: switching a fault on or off makes a new model."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    rate_limit: RateLimit | None = None
    error: Error | None = None
    latch: Latch | None = None
    hang: Hang | None = None
    delay: Delay | None = None
    tail_latency: TailLatency | None = None

    def get(self, kind: str) -> Fault | None:
        fault = getattr(self, kind)
        assert fault is None or isinstance(fault, Fault)
        return fault

    def active(self) -> Iterator[Fault]:
        return (fault for kind in KINDS if (fault := self.get(kind)) is not None)

    def without(self, kind: str) -> Self:
        return self.model_copy(update={kind: None})

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)


KINDS: tuple[str, ...] = tuple(FaultModel.model_fields)


def decide(
    model: FaultModel, memories: dict[str, object], call: Call, now: float, rng: Random
) -> tuple[Plan, dict[str, object]]:
    """Ask every fault that covers the call, in order; memories are keyed by kind."""
    plan, remembered = Plan(), dict(memories)
    for fault in model.active():
        if fault.covers(call):
            plan, remembered[fault.kind] = fault.act(plan, memories.get(fault.kind), now, rng)
    return plan, remembered


def parse_model(text: str | bytes) -> FaultModel:
    """Raise MalformedJSONError for what is no JSON, FaultsRefusedError for what is no model."""
    return _validated(_loaded(text))


def parse_fault(kind: str, text: str | bytes, base: FaultModel) -> FaultModel:
    """`base` with one fault replaced by that in the text; errors as in `parse_model`."""
    settings = _loaded(text)
    parsed = _validated({kind: settings if settings is not None else []})
    return base.model_copy(update={kind: parsed.get(kind)})


def _validated(document: Any) -> FaultModel:
    try:
        return FaultModel.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise refusal(error, FaultModel) from error


def _loaded(text: str | bytes) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except MalformedJSONError:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedJSONError(f"The body is not JSON: {error}. Send an object.") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name in (names := [name for name, _ in pairs]):
        if names.count(name) > 1:
            raise MalformedJSONError(f"The body names {name!r} more than once; say it once.")
    return dict(pairs)
