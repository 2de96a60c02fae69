"""A replica's own metrics, on its admin port.

No rollout is decided on them: the data plane measures the app from outside. They are there to compare with.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

# Linkerd's steps thinned out: fine below 100 ms, where a healthy tile lies, and up to a minute for hangs.
BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_BOUNDS = (*map(floatToGoString, BUCKETS_S), "+Inf")


class Metrics(Collector):
    """One registry for each replica, so that two of them can live in one process.

    A request only adds to plain numbers, which costs it a tenth of what the client library's own counters do; they
    become metrics when somebody asks.
    """

    def __init__(self, workload: str, version: str) -> None:
        self._labels = {"workload": workload, "version": version}
        self._requests: Counter[int] = Counter()
        self._durations = [0] * len(_BOUNDS)
        self._seconds = 0.0
        self._faults: Counter[str] = Counter()
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def answered(self, status: int, seconds: float) -> None:
        self._requests[status] += 1
        self._durations[bisect_left(BUCKETS_S, seconds)] += 1
        self._seconds += seconds

    def injected(self, kind: str) -> None:
        self._faults[kind] += 1

    def collect(self) -> Iterator[Metric]:
        names, values = tuple(self._labels), tuple(self._labels.values())
        requests = CounterMetricFamily("faces_requests", "Requests answered.", labels=(*names, "status"))
        for status, number in self._requests.items():
            requests.add_metric((*values, str(status)), number)
        yield requests
        duration = HistogramMetricFamily(
            "faces_request_duration_seconds", "Time until the answer, waits of faults included.", labels=names
        )
        duration.add_metric(values, list(zip(_BOUNDS, accumulate(self._durations), strict=True)), self._seconds)
        yield duration
        faults = CounterMetricFamily("faces_faults_injected", "Faults injected into requests.", labels=(*names, "kind"))
        for kind, number in self._faults.items():
            faults.add_metric((*values, kind), number)
        yield faults
        build = GaugeMetricFamily("faces_build_info", "Always 1.", labels=names)
        build.add_metric(values, 1)
        yield build
