"""How scenarios get a stage on each kind of platform, by what the registry says that it can do."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from e2e.evidence import Evidence
from e2e.manifests import Change, Hurry
from e2e.stage import Crowd, Pace, Stage
from e2e.where import Where
from platforms.registry import PLATFORMS, capabilities

Start = Callable[[Where, Crowd, Change, Pace, Evidence], AbstractAsyncContextManager[Stage]]
# Scenarios about every real cluster; a folder of a platform's own name holds what concerns that one alone.
_CLUSTER = "cluster"
FOLDERS = frozenset({_CLUSTER, *PLATFORMS})


@dataclass(frozen=True, slots=True)
class Staging:
    """How scenarios get a stage on one platform, and the folders of those that are for such platforms alone."""

    start: Start
    pace: Pace
    folders: frozenset[str]


def staging(platform: str) -> Staging:
    if capabilities(platform).kubernetes:
        return Staging(_on_kubernetes, _UNHURRIED, frozenset({_CLUSTER, platform}))
    return Staging(_on_this_machine, Pace(), frozenset({platform}))


def _on_this_machine(
    _: Where, crowd: Crowd, change: Change, pace: Pace, evidence: Evidence
) -> AbstractAsyncContextManager[Stage]:
    from e2e.stages import embedded

    return embedded.start(crowd, change, pace, evidence)


def _on_kubernetes(
    where: Where, crowd: Crowd, change: Change, pace: Pace, evidence: Evidence
) -> AbstractAsyncContextManager[Stage]:
    from e2e.stages import cluster

    return cluster.start(where, crowd, change, pace, evidence)


# Pods take seconds until they are ready, and a Traefik some more until it knows them; and a whole Kubernetes wants
# its share of the machine that the visitors are on, too: windows that do not overlap, so that one moment when nothing
# moved is one bad measurement and not four, and no failed request either.
_UNHURRIED = Pace(
    Hurry(pause=5, window=4, initial_delay=5, interval=4, backend_timeout=3), patience=3, crowd=0.4, repeats=3
)
