"""Two records as the embedded platform gives them: a bad release that is rolled back, and a good one."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from chaos.catalogue import find
from chaos.record import End, FaultCount, Record, Seen
from loadgen.samples import Sample
from rollouts.analysis import Metric, demand_of, parse_analysis_template
from seam.values import UNIT_ANNOTATION, Bound, demand_in_words
from seam.views import AnalysisRunView, EventView, MeasurementView, MetricView, RolloutView

RELEASED_AT = 1_780_000_000.0
BACK_AT = 14.2
ABORTED = (
    "RolloutAborted: Rollout aborted update to revision 4: Background analysis phase error/failed: "
    'Metric "success-rate" assessed Failed due to failed (2) > failureLimit (1)'
)
STEPS: tuple[dict[str, Any], ...] = (
    {"setWeight": 30},
    {"pause": {"duration": "7s"}},
    {"setWeight": 50},
    {"pause": {"duration": "7s"}},
    {"setWeight": 70},
    {"pause": {"duration": "7s"}},
)
RUN = "smiley-7d9f-4"
METRICS = (
    MetricView(
        "success-rate", RUN, "Running", "ratio", "at least 95 %", Bound(">=", 0.95), failure_limit=1, query="sum(...)"
    ),
    MetricView("latency-p99-ms", RUN, "Running", "ms", "at most 500 ms", Bound("<=", 500), failure_limit=1),
)


def measurement(t: float, metric: str, value: str, phase: str, message: str = "") -> MeasurementView:
    return MeasurementView(RELEASED_AT + t, metric, value, phase, RUN, message)


MEASUREMENTS = (
    measurement(3.1, "success-rate", "[]", "Inconclusive"),
    measurement(3.1, "latency-p99-ms", "[88.1]", "Successful"),
    measurement(6.6, "success-rate", "[0.958]", "Successful"),
    measurement(6.6, "latency-p99-ms", "[92.4]", "Successful"),
    measurement(10.1, "success-rate", "[0.784]", "Failed"),
    measurement(10.1, "latency-p99-ms", "", "Error", "connection refused"),
    measurement(13.6, "success-rate", "[0.604]", "Failed"),
    measurement(13.6, "latency-p99-ms", "[97.2]", "Successful"),
)


def view(weight: int, step: int | None, phase: str, message: str = "", **other: Any) -> RolloutView:
    """smiley on its way from v3 to v4; `other` are further fields."""
    fields: dict[str, Any] = {
        "name": "smiley",
        "namespace": "faces",
        "phase": phase,
        "message": message,
        "revision": 4,
        "stable_hash": "old",
        "current_hash": "new",
        "stable_version": "v3",
        "current_version": "v4",
        "current_step_index": step,
        "steps": STEPS,
        "canary_weight": weight,
        "stable_weight": 100 - weight,
        "aborted": False,
        "release": "errors-40",
        "pause_reason": "CanaryPauseStep" if phase == "Paused" else "",
        "analysis_runs": (AnalysisRunView(RUN, "Background", "Running", ""),),
        "metrics": METRICS,
    }
    return RolloutView(**{**fields, **other})


def seen(t: float, weight: int, step: int | None, phase: str, message: str = "", **other: Any) -> Seen:
    known = tuple(one for one in MEASUREMENTS if one.t <= RELEASED_AT + t)
    return Seen(RELEASED_AT + t, view(weight, step, phase, message, **({"measurements": known} | other)))


PROMOTED: dict[str, Any] = {"stable_hash": "new", "stable_version": "v4", "measured": True}


def _samples() -> Iterator[Sample]:
    """Thirty and some requests a second, and some of them bad while the bad version has traffic."""
    dice = random.Random(7)
    for second in range(-8, 28):
        bad = 2 <= second < BACK_AT
        count = 30 + dice.randrange(8)
        failed, slow = (dice.randrange(2, 7), dice.randrange(3)) if bad else (0, 0)
        for index in range(count):
            ok, late = index >= failed, failed <= index < failed + slow
            yield Sample(
                t=RELEASED_AT + second + index / count,
                ms=640.0 if late else 20.0 + index,
                kind="tile",
                ok=ok,
                status=200 if ok else 503,
                user=f"u{index % 5}",
                error=None if ok else "HTTP 503",
            )


def rolled_back() -> Record:
    """30 %, 50 %, two failed measurements, back to stable; a few requests were hurt."""
    return Record(
        platform="embedded",
        engine="faces 0.1.0, decisions of Argo Rollouts v1.8.3",
        faces_version="0.1.0",
        workload="smiley",
        version="v4",
        release=find("errors-40"),
        began_at=RELEASED_AT - 8,
        released_at=RELEASED_AT,
        ended_at=RELEASED_AT + 28,
        ended=End.SETTLED,
        views=(
            seen(0.3, 0, 0, "Progressing", "more replicas need to be updated"),
            seen(1.6, 30, 1, "Paused", "CanaryPauseStep"),
            seen(3.2, 30, 1, "Paused", "CanaryPauseStep"),
            seen(6.7, 30, 1, "Paused", "CanaryPauseStep"),
            seen(8.7, 50, 3, "Paused", "CanaryPauseStep"),
            seen(10.2, 50, 3, "Paused", "CanaryPauseStep"),
            seen(13.8, 50, 0, "Degraded", ABORTED, aborted=True),
            seen(BACK_AT, 0, 0, "Degraded", ABORTED, aborted=True),
        ),
        events=(
            EventView(RELEASED_AT + 0.3, "RolloutUpdated", "Rollout updated to revision 4"),
            EventView(RELEASED_AT + 1.6, "TrafficWeightUpdated", "Traffic weight updated from 0 to 30"),
            EventView(RELEASED_AT + 8.7, "TrafficWeightUpdated", "Traffic weight updated from 30 to 50"),
            EventView(RELEASED_AT + 13.8, "RolloutAborted", ABORTED, "Warning"),
        ),
        samples=tuple(_samples()),
        injected=(FaultCount(RELEASED_AT + 28, "smiley", "v4", "smiley-v4-1", "error", 41),),
    )


def promoted() -> Record:
    """Promoted after 62 s, and nobody was hurt."""
    good = tuple(replace(one, phase="Successful", value="[1]") for one in MEASUREMENTS[:4])
    return replace(
        rolled_back(),
        release=find("good"),
        ended_at=RELEASED_AT + 75,
        views=(
            seen(1.6, 30, 1, "Paused", measurements=good[:2]),
            seen(62, 100, 6, "Healthy", measurements=good, **PROMOTED),
            seen(62.4, 0, 6, "Healthy", measurements=good, **PROMOTED),
        ),
        samples=tuple(
            Sample(t=RELEASED_AT + second, ms=21.0, kind="tile", ok=True, status=200, user="u1")
            for second in range(-8, 75)
        ),
        injected=(),
    )


# A ratio that has to be high, one that has to be low, and a time.
TEMPLATES = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate, annotations: {faces.dev/unit.success-rate: ratio}}
spec:
  metrics:
    - name: success-rate
      failureLimit: 1
      successCondition: len(result) > 0 && result[0] >= 0.99
      failureCondition: len(result) > 0 && result[0] < 0.99
      provider: {prometheus: {address: "http://prometheus:9090", query: sum(good) / sum(all)}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: unreachable, annotations: {faces.dev/unit.unreachable: ratio}}
spec:
  metrics:
    - name: unreachable
      failureCondition: result[0] > 0.10
      provider: {prometheus: {address: "http://prometheus:9090", query: sum(lost) / sum(all)}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency-p99, annotations: {faces.dev/unit.latency-p99-ms: ms}}
spec:
  metrics:
    - name: latency-p99-ms
      successCondition: len(result) > 0 && result[0] <= 200
      provider: {prometheus: {address: "http://prometheus:9090", query: "p99"}}
"""


def under(templates: str) -> Record:
    """The bad release, judged by the metrics of these AnalysisTemplates."""
    metrics = tuple(
        _metric(metric, document["metadata"]["annotations"][UNIT_ANNOTATION + metric.name])
        for document in yaml.safe_load_all(templates)
        for metric in parse_analysis_template(document).metrics
    )
    measured = (
        measurement(6.6, "success-rate", "[0.9893]", "Failed"),
        measurement(6.6, "unreachable", "[0.02]", "Successful"),
        measurement(6.6, "latency-p99-ms", "[199.7]", "Successful"),
        measurement(10.1, "success-rate", "[0.604]", "Failed"),
        measurement(10.1, "unreachable", "[0.1004]", "Failed"),
        measurement(10.1, "latency-p99-ms", "[200.4]", "Failed"),
    )
    record = rolled_back()
    views = tuple(
        replace(
            one,
            view=replace(one.view, metrics=metrics, measurements=tuple(each for each in measured if each.t <= one.t)),
        )
        for one in record.views
    )
    return replace(record, views=views)


def _metric(metric: Metric, unit: str) -> MetricView:
    demand = demand_of(metric)
    assert demand.op is not None
    assert demand.value is not None
    bound, query = Bound(demand.op, demand.value), metric.provider.prometheus
    return MetricView(
        metric.name,
        RUN,
        "Running",
        unit,
        demand_in_words(bound, unit),
        bound,
        failure_limit=metric.limits.failure,
        query=query.query if query is not None else "",
    )
