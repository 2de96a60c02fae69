"""A replica's own metrics, on its admin port.

No rollout is decided on them: the data plane measures the app from outside. They are there to compare with.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

# Linkerd's steps thinned out: fine below 100 ms, where a healthy tile lies, and up to a minute for hangs.
BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One registry for each replica, so that two of them can live in one process."""

    def __init__(self, workload: str, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the number of series
        self.registry = CollectorRegistry()
        labels = ("workload", "version")
        self._values = (workload, version)
        self._requests = Counter(
            "faces_requests_total", "Requests answered.", (*labels, "status"), registry=self.registry
        )
        self._duration = Histogram(
            "faces_request_duration_seconds",
            "Time until the answer, waits of faults included.",
            labels,
            registry=self.registry,
            buckets=BUCKETS_S,
        ).labels(*self._values)
        self._faults = Counter(
            "faces_faults_injected_total",
            "Faults injected into requests.",
            (*labels, "kind"),
            registry=self.registry,
        )
        Gauge("faces_build_info", "Always 1.", labels, registry=self.registry).labels(*self._values).set(1)

    def answered(self, status: int, seconds: float) -> None:
        self._requests.labels(*self._values, str(status)).inc()
        self._duration.observe(seconds)

    @property
    def injected(self) -> Callable[[str], None]:
        return lambda kind: self._faults.labels(*self._values, kind).inc()
