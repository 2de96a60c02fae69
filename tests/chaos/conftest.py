"""A release as it goes on the embedded platform: 30 %, 50 %, two failed measurements, back to stable."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from chaos.catalogue import find
from chaos.report import Event, Measured, Point, ReleaseStory

RELEASED_AT = 1_780_000_000.0
BACK_AT = 14.2


def _second(t: int, dice: random.Random, *, bad: bool) -> dict[str, Any]:
    requests = 30 + dice.randrange(8)
    failed = dice.randrange(2, 7) if bad else 0
    slow = dice.randrange(3) if bad else 0
    return {
        "t": RELEASED_AT + t,
        "requests": requests,
        "failed": failed,
        "slow": slow,
        "p50_ms": 21.5,
        "p99_ms": 640.0 if slow else 78.0,
    }


def _total(seconds: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(second[name] for second in seconds) for name in ("requests", "failed", "slow")}
    share = counts["failed"] / counts["requests"]
    p99 = max(second["p99_ms"] for second in seconds)
    return {**counts, "p50_ms": 21.5, "p99_ms": p99, "failed_share": share}


def _phase(name: str, seconds: list[dict[str, Any]]) -> dict[str, Any]:
    """Open at its end, as a phase of a running visit is."""
    return {"name": name, "start": seconds[0]["t"], "end": None, **_total(seconds)}


def _visitors() -> dict[str, Any]:
    dice = random.Random(7)
    seconds = [_second(t, dice, bad=2 <= t < BACK_AT) for t in range(-8, 28)]
    before, during, after = seconds[:8], seconds[8:23], seconds[23:]
    return {
        "slow_ms": 500.0,
        "totals": _total(seconds) | {"p99_ms": 412.0},
        "phases": [_phase("before", before), _phase("during", during), _phase("after", after)],
        "seconds": seconds,
        "blast_radius": {
            "requests": 67,
            "of_requests": 482,
            "users": 19,
            "of_users": 30,
            "share": 67 / 482,
        },
    }


def _point(t: float, weight: int, step: int | None, phase: str, message: str = "") -> Point:
    return Point(RELEASED_AT + t, weight, step, 6, phase, message)


def _measured(t: float, metric: str, value: str, phase: str) -> Measured:
    return Measured(RELEASED_AT + t, metric, value, phase)


@pytest.fixture
def released_at() -> float:
    return RELEASED_AT


@pytest.fixture
def point() -> Callable[..., Point]:
    return _point


@pytest.fixture
def story() -> ReleaseStory:
    aborted = (
        "RolloutAborted: Rollout aborted update to revision 4: Background analysis phase error/failed: "
        'Metric "success-rate" assessed Failed due to failed (2) > failureLimit (1)'
    )
    return ReleaseStory(
        platform="embedded",
        engine="faces 0.1.0, decisions of Argo Rollouts v1.8.3",
        workload="smiley",
        version="v4",
        release=find("errors-40"),
        released_at=RELEASED_AT,
        timeline=(
            _point(-8, 0, None, "Healthy"),
            _point(0.3, 0, 0, "Progressing", "more replicas need to be updated"),
            _point(1.6, 30, 1, "Paused", "CanaryPauseStep"),
            _point(8.7, 50, 3, "Paused", "CanaryPauseStep"),
            _point(13.8, 50, 0, "Degraded", aborted),
            _point(BACK_AT, 0, 0, "Degraded", aborted),
        ),
        new_is_stable=False,
        faces_version="0.1.0",
        measurements=(
            _measured(3.1, "success-rate", "[]", "Inconclusive"),
            _measured(3.1, "latency-p99", "[88.1]", "Successful"),
            _measured(6.6, "success-rate", "[0.958]", "Successful"),
            _measured(6.6, "latency-p99", "[92.4]", "Successful"),
            _measured(10.1, "success-rate", "[0.784]", "Failed"),
            _measured(10.1, "latency-p99", "", "Error"),
            _measured(13.6, "success-rate", "[0.604]", "Failed"),
            _measured(13.6, "latency-p99", "[97.2]", "Successful"),
        ),
        events=(
            Event(RELEASED_AT + 0.3, "RolloutUpdated", "Rollout updated to revision 4"),
            Event(RELEASED_AT + 1.6, "TrafficWeightUpdated", "Traffic weight updated from 0 to 30"),
            Event(RELEASED_AT + 8.7, "TrafficWeightUpdated", "Traffic weight updated from 30 to 50"),
            Event(RELEASED_AT + 13.8, "RolloutAborted", aborted, "Warning"),
        ),
        visitors=_visitors(),
        threshold=0.95,
    )
