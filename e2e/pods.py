"""What the pods themselves counted: the other side of what the data plane and the visitors say."""

from collections import Counter

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from platforms.view import RolloutView


async def answered(view: RolloutView) -> Counter[str]:
    """{version: requests answered}, over every pod of the rollout that is there."""
    counts: Counter[str] = Counter()
    async with aiohttp.ClientSession() as session:
        for replica_set in view.replica_sets:
            for pod in replica_set.pods:
                if pod.ready and pod.admin is not None:
                    async with session.get(f"{pod.admin}/metrics") as page:
                        counts[replica_set.version] += _requests(await page.text())
    return counts


def _requests(page: str) -> int:
    return sum(
        int(sample.value)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "faces_requests_total"
    )
