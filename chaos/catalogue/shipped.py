"""The releases one can push: one good, the others bad in one way each."""

from collections.abc import Mapping
from typing import Any

from seam.releases import FaultPlan, Outcome, PodChange, Release


def _bad(name: str, summary: str, faults: Mapping[str, Any], seen_by: str) -> Release:
    return Release(name, summary, Outcome.ROLLED_BACK, (FaultPlan(faults),), (seen_by,))


RELEASES: tuple[Release, ...] = (
    Release("good", "A healthy version: it serves every request well.", Outcome.PROMOTED),
    _bad("errors-5", "Fails 5 % of its requests: few enough to be missed.", {"error": {"fraction": 5}}, "success-rate"),
    _bad("errors-40", "Fails 40 % of its requests.", {"error": {"fraction": 40}}, "success-rate"),
    _bad("errors-100", "Fails every request.", {"error": {"fraction": 100}}, "success-rate"),
    _bad(
        "slow-p99",
        "Answers correctly, but 10 % of its requests take 800 ms longer.",
        {"tail_latency": {"fraction": 10, "ms": 800}},
        "latency-p99-ms",
    ),
    _bad(
        "hang",
        "Accepts every request and answers none: no error is ever counted.",
        {"hang": {"fraction": 100}},
        "success-rate",
    ),
    # Nothing in the pods can know of the second step: their faults are switched on when it has come.
    Release(
        "turns-bad",
        "Serves well until it has half of the traffic, then fails 40 % of its requests.",
        Outcome.ROLLED_BACK,
        (FaultPlan({"error": {"fraction": 40}}, from_weight=50),),
        ("success-rate",),
    ),
    # Rolled back only where spec.progressDeadlineAbort says so; everywhere else it is stuck, and stable serves on.
    Release(
        "crash-loop",
        "Exits as soon as it starts, so it never serves anybody.",
        Outcome.UNDECIDED,
        pods=PodChange(env={"FAULTS": "{"}),
    ),
)
