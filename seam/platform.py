"""The one interface that the command line, the e2e tests, chaos and the page speak to.

Everything behind it differs from platform to platform, nothing in front of it does.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from seam.views import EventView, PlatformView, RolloutView


class Platform(Protocol):
    """Verbs raise seam.errors.UserError (its text is for the person) or PlatformFailed."""

    async def view(self) -> PlatformView:
        """Everything at one moment, the addresses of the page and of Prometheus included."""
        ...

    async def measured(self) -> None:
        """Return when the data plane's measurements reach Prometheus, so that a release can be judged."""
        ...

    async def down(self) -> None:
        """End it; nothing that it started is left."""
        ...

    async def apply(self, directory: Path) -> None: ...

    async def release(self, workload: str, name: str, env: Mapping[str, str]) -> str:
        """Change the pod template of `workload`; returns the version that goes out."""
        ...

    async def rollout(self, name: str) -> RolloutView: ...

    def watch(self, name: str) -> AsyncIterator[RolloutView]:
        """The present view, then one for each change."""
        ...

    def watch_all(self) -> AsyncIterator[PlatformView]:
        """The same of everything."""
        ...

    async def promote(self, name: str, *, full: bool = False) -> None: ...

    async def abort(self, name: str) -> None: ...

    async def retry(self, name: str) -> None: ...

    async def undo(self, name: str, revision: int | None = None) -> None: ...

    async def events(self, name: str) -> tuple[EventView, ...]:
        """All of the Rollout's Kubernetes events that are still known, oldest first."""
        ...

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        """Switch faults on in running replicas, of one version or of all; returns the replicas' names."""
        ...

    async def clear(self, name: str, version: str | None = None) -> list[str]: ...

    async def pod_metrics(self, name: str) -> dict[str, str]:
        """The /metrics page of each ready pod of a Rollout, in Prometheus' text format, by pod name."""
        ...
