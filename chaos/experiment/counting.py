"""How many faults the pods say that requests really met."""

import time
from collections.abc import Iterable, Iterator

from chaos.record import FaultCount
from seam.errors import PlatformError
from seam.platform import Platform

_SERIES = "faces_faults_injected_total"


async def fault_counts(platform: Platform, workloads: Iterable[str]) -> tuple[FaultCount, ...]:
    """Of every pod that answers. A platform that cannot ask its pods now counts none."""
    found: list[FaultCount] = []
    for workload in dict.fromkeys(workloads):
        try:
            pages = await platform.pod_metrics(workload)
        except PlatformError:
            continue
        now = time.time()
        for pod, page in pages.items():
            found += counts_of(page, now, workload, pod)
    return tuple(found)


def counts_of(page: str, now: float, workload: str, pod: str) -> Iterator[FaultCount]:
    """From a pod's /metrics page."""
    # Only now: nobody who waits for the first face waits for it.
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == _SERIES and sample.value:
                labels = sample.labels
                yield FaultCount(now, workload, labels["version"], pod, labels["kind"], int(sample.value))


def latest(counts: Iterable[FaultCount]) -> tuple[FaultCount, ...]:
    """The last count of each pod and fault: a pod that is gone keeps what it said last."""
    return tuple({(one.workload, one.pod, one.fault): one for one in counts}.values())
