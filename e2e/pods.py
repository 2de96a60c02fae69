"""What the pods themselves counted: the other side of what the data plane and the visitors say."""

from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

from seam.platform import Platform


async def answered(platform: Platform, name: str) -> Counter[str]:
    """{version: requests answered}, over every pod of the rollout that is there."""
    counts: Counter[str] = Counter()
    pages = await platform.pod_metrics(name)
    for replica_set in (await platform.rollout(name)).replica_sets:
        for pod in replica_set.pods:
            if pod.name in pages:
                counts[replica_set.version] += _requests(pages[pod.name])
    return counts


def _requests(page: str) -> int:
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "faces_requests_total"
    )
