"""Whether the canary's pods get the share of the requests that its weight promises.

They do not where callers are outside of the mesh, as the callers' side splits the traffic; where the data plane has not
got the weight; and where it has emptied the canary because it cannot be reached.
"""

import math
from collections.abc import Mapping, Sequence

from platforms.doctor.checking import NotThere, failed, ok, together
from platforms.doctor.measured import Counted, Splitting
from seam.doctor import Finding, Result
from seam.values import RATIO, in_words

_LEAST_REQUESTS = 30
# Less than that is a few scrapes, of which the first may be of the weight before.
_LEAST_WINDOW_S = 5
# As many standard deviations as chance alone passes once in 15,000, and what a scrape in between may add.
_DEVIATIONS, _ROUGHNESS = 4.0, 0.03
_NEXT = (
    "Whoever calls {rollout} does not see its weight. Callers outside of the mesh never do: mesh them, and let them "
    "ask the apex Service. If they are in it, the canary may be out of reach, or its route not attached."
)


def check(splittings: Sequence[Splitting], counted: Mapping[str, Counted]) -> Finding:
    """`counted` is by Rollout."""
    if not splittings:
        raise NotThere("no traffic is split now: release something, and ask again")
    findings = [_of(one, counted[one.rollout]) for one in splittings]
    looked_at = [finding for finding in findings if finding.result is not Result.SKIPPED]
    if not looked_at:
        raise NotThere(findings[0].saw)
    return together(looked_at, "; ".join(finding.saw for finding in looked_at))


def _of(one: Splitting, counted: Counted) -> Finding:
    requests, weight = counted.canary + counted.stable, one.weight / 100
    seconds = f"{counted.window_s} s"
    if counted.window_s < _LEAST_WINDOW_S:
        return Finding(Result.SKIPPED, f"the weight of {one.rollout} has just changed: ask again in some seconds")
    if requests < _LEAST_REQUESTS:
        saw = (
            f"{one.rollout} has {one.weight} %, and {requests:.0f} requests in {seconds} are too few to compare it with"
        )
        return Finding(Result.SKIPPED, saw)
    share = counted.canary / requests
    saw = (
        f"{one.rollout} has {one.weight} %, and {in_words(share, RATIO)} of {requests:.0f} requests in {seconds} came "
        "to its canary's pods"
    )
    allowed = _DEVIATIONS * math.sqrt(weight * (1 - weight) / requests) + _ROUGHNESS
    return ok(saw) if abs(share - weight) <= allowed else failed(saw, _NEXT.format(rollout=one.rollout))
