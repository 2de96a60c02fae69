"""The model: all faults of one replica as one JSON object, `{"error": {"fraction": 40}, ...}`; absent is off.

The order of its fields is the order in which faults act. The rate limit comes first, because a limited request gets no
further; `latch` turns errors into worse ones, so it comes after `error`. The waits apply to every answer, bad ones too.
What cuts a connection comes last, what leaves the least of the answer first: a connection ends once.
"""

import json
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from faces.faults.corrupt_json import CorruptJSON
from faces.faults.cpu import CPU
from faces.faults.crash import Crash
from faces.faults.delay import Delay
from faces.faults.drop_on_shutdown import DropOnShutdown
from faces.faults.error import Error
from faces.faults.fault import Fault, LastingFault, Protocol, RequestFault
from faces.faults.fin import Fin
from faces.faults.first_try import FirstTry
from faces.faults.hang import Hang
from faces.faults.latch import Latch
from faces.faults.memory import Memory
from faces.faults.plan import HEALTHY_PLAN, Call, Plan
from faces.faults.rate_limit import RateLimit
from faces.faults.readiness import Readiness
from faces.faults.refusals import FaultsRefusedError, MalformedJSONError, refusal
from faces.faults.refuse import Refuse
from faces.faults.reset import Reset
from faces.faults.reset_body import ResetBody
from faces.faults.slow_accept import SlowAccept
from faces.faults.slow_body import SlowBody
from faces.faults.slow_start import SlowStart
from faces.faults.slow_under_load import SlowUnderLoad
from faces.faults.tail_latency import TailLatency
from faces.faults.truncated_body import TruncatedBody
from faces.faults.wrong_answer import WrongAnswer


class FaultModel(BaseModel):
    """Immutable and comparable: switching a fault on or off makes a new model."""

    # Validators, here and of all faults, are made when somebody has a fault: the first face does not wait for them.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    rate_limit: RateLimit | None = None
    error: Error | None = None
    latch: Latch | None = None
    first_try: FirstTry | None = None
    hang: Hang | None = None
    delay: Delay | None = None
    tail_latency: TailLatency | None = None
    slow_under_load: SlowUnderLoad | None = None
    slow_start: SlowStart | None = None
    wrong_answer: WrongAnswer | None = None
    corrupt_json: CorruptJSON | None = None
    slow_body: SlowBody | None = None
    reset: Reset | None = None
    fin: Fin | None = None
    reset_body: ResetBody | None = None
    truncated_body: TruncatedBody | None = None
    refuse: Refuse | None = None
    slow_accept: SlowAccept | None = None
    readiness: Readiness | None = None
    cpu: CPU | None = None
    memory: Memory | None = None
    crash: Crash | None = None
    drop_on_shutdown: DropOnShutdown | None = None

    def get(self, kind: str) -> Fault | None:
        fault = getattr(self, kind)
        assert fault is None or isinstance(fault, Fault)
        return fault

    def active(self) -> Iterator[Fault]:
        return (fault for kind in KINDS if (fault := self.get(kind)) is not None)

    def of_requests(self) -> tuple[RequestFault, ...]:
        return tuple(fault for fault in self.active() if isinstance(fault, RequestFault))

    def lasting(self) -> dict[str, LastingFault]:
        return {fault.kind: fault for fault in self.active() if isinstance(fault, LastingFault)}

    def without(self, kind: str) -> Self:
        return self.model_copy(update={kind: None})

    def as_json(self) -> dict[str, Any]:
        # Each for itself: whoever has no fault, as every replica that starts well, waits for no serializer to be made.
        return {fault.kind: fault.model_dump(mode="json", exclude_none=True) for fault in self.active()}


KINDS: tuple[str, ...] = tuple(FaultModel.model_fields)
# Made without a validator: see model_config.
NO_FAULTS = FaultModel.model_construct()


def decide(
    faults: Iterable[RequestFault], memories: dict[str, object], call: Call, now: float, rng: Random
) -> tuple[Plan, dict[str, object]]:
    """Ask every fault that covers the call, in order; memories are keyed by kind."""
    plan, remembered = HEALTHY_PLAN, dict(memories)
    for fault in faults:
        if fault.covers(call):
            plan, remembered[fault.kind] = fault.meet(plan, memories.get(fault.kind), call, now, rng)
    return plan, remembered


def protocol_of(workload: str) -> Protocol:
    """What others ask this workload of the app over; color also answers HTTP, for people."""
    return "gRPC" if workload == "color" else "HTTP"


def possible(model: FaultModel, protocol: Protocol) -> FaultModel:
    """The model; raise FaultsRefusedError for the first fault that cannot be made over the protocol."""
    for fault in model.active():
        if (reason := fault.impossible(protocol)) is not None:
            field = ".".join(part for part in (fault.kind, reason[0]) if part)
            raise FaultsRefusedError(field, f"{field} {reason[1]}.", reason[1])
    return model


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
