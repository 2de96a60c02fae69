"""The one interface that the command line, experiments, the e2e tests and the page speak to.

Everything behind it differs from platform to platform, nothing in front of it does.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from seam.releases import PodChange
from seam.views import EventView, PlatformView, RolloutView


class Platform(Protocol):
    """Verbs raise seam.errors.UserError (its text is for the person) or PlatformFailed."""

    @property
    def name(self) -> str:
        """The run's own name, as `--name` takes it."""
        ...

    async def view(self) -> PlatformView:
        """Everything at one moment, the addresses of the page and of Prometheus included."""
        ...

    async def measured(self) -> None:
        """Wait until Prometheus holds every series that the run's AnalysisTemplates ask for.

        Call it while somebody visits: a data plane that carries no request has nothing to count. UserError names the
        AnalysisTemplate, the metric and the series that have not come within 30 s.
        """
        ...

    async def down(self) -> None:
        """End the run. Nothing that it started is left."""
        ...

    async def apply(self, directory: Path) -> None:
        """Apply the manifests in a folder: Rollouts that differ are released."""
        ...

    async def release(self, workload: str, name: str, change: PodChange, version: str | None = None) -> str:
        """Change the pod template of `workload`, under a release's name; returns the version that goes out.

        `version` None is the next number (`v3` after `v2`).
        """
        ...

    async def rollout(self, name: str) -> RolloutView: ...

    def watch(self, name: str) -> AsyncIterator[RolloutView]:
        """The present view of one Rollout, then one for each change."""
        ...

    def watch_all(self, *, addresses: bool = True) -> AsyncIterator[PlatformView]:
        """The present view of everything, then one for each change.

        `addresses` False: none is opened for the views, so they may lack those of the page and of Prometheus.
        """
        ...

    async def promote(self, name: str, *, full: bool = False) -> None:
        """Resume or skip the current step, or with `full` all that are left. UserError if nothing can be promoted."""
        ...

    async def abort(self, name: str) -> None:
        """Send all traffic back to stable. UserError if the Rollout is fully promoted."""
        ...

    async def retry(self, name: str) -> None:
        """Try an aborted release again. UserError if it was not aborted."""
        ...

    async def undo(self, name: str, revision: int | None = None) -> None:
        """Go back to the template of a revision (default: the one before). UserError names those that exist."""
        ...

    async def events(self, name: str) -> tuple[EventView, ...]:
        """All of the Rollout's Kubernetes events that are still known, oldest first."""
        ...

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        """Switch faults on in running replicas, of one version or of all; returns the replicas' names."""
        ...

    async def clear(self, name: str, version: str | None = None, kinds: Sequence[str] = ()) -> list[str]:
        """Switch faults off in running replicas, of these kinds or all of them; returns the replicas' names."""
        ...

    async def pod_metrics(self, name: str) -> dict[str, str]:
        """The /metrics page of each ready pod of a Rollout, in Prometheus' text format, by pod name."""
        ...
