"""Which Rollouts split their traffic now, and since when by the present weight. Pure."""

from collections.abc import Iterable

from platforms.doctor.measured import WEIGHT_CHANGED, Splitting
from platforms.kube.objects import canary_of, seconds
from platforms.kube.resources import Object


def splittings_of(rollouts: Iterable[Object], events: Iterable[Object]) -> list[Splitting]:
    known = list(events)
    return [split for one in rollouts if (split := _splitting(one, known)) is not None]


def moved(before: Iterable[Object], after: Iterable[Object]) -> frozenset[str]:
    """The names of the Rollouts whose weights are not the same any more: what was seen in between may be of either."""
    later = {one["metadata"]["name"]: _weights(one) for one in after}
    return frozenset(one["metadata"]["name"] for one in before if later.get(one["metadata"]["name"]) != _weights(one))


def _weights(rollout: Object) -> object:
    status = rollout.get("status") or {}
    return status.get("stableRS"), status.get("currentPodHash"), (status.get("canary") or {}).get("weights")


def _splitting(rollout: Object, events: Iterable[Object]) -> Splitting | None:
    """None: all its traffic goes to one version.

    Its sides are known by their hash, or by their Service where the data plane knows no hashes.
    """
    status, canary = rollout.get("status") or {}, canary_of(rollout)
    stable, current = status.get("stableRS"), status.get("currentPodHash")
    weights = (status.get("canary") or {}).get("weights") or {}
    weight = (weights.get("canary") or {}).get("weight") or 0
    if not current or current == stable or not 0 < weight < 100:
        return None
    return Splitting(
        rollout["metadata"]["name"],
        weight,
        frozenset(filter(None, (current, canary.get("canaryService")))),
        frozenset(filter(None, (stable, canary.get("stableService")))),
        _last_change(rollout["metadata"]["uid"], events),
    )


def _last_change(uid: str, events: Iterable[Object]) -> float:
    """When its weight was last changed, in seconds since the epoch; 0 if nobody remembers."""
    return max(
        (
            seconds(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])
            for event in events
            if event["involvedObject"].get("uid") == uid and event.get("reason") == WEIGHT_CHANGED
        ),
        default=0.0,
    )
