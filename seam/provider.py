"""How a kind of platform is begun and found, and what it can do, as data.

One interface and one folder for each kind (after kubernetes-sigs/kind's provider.go): whoever wants to know whether a
platform can do something asks its capabilities and never compares names.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from seam.platform import Platform
from seam.views import PlatformView

Say = Callable[[str], None]
"""Is called with a sentence whenever there is progress; with a `Ready` when a part is ready."""


class Ready(str):
    """Progress that says of a part that it is ready: a line of a check list, where other sentences are only said."""

    __slots__ = ()


def workloads_ready(names: Iterable[str]) -> Ready:
    known = sorted(names)
    return Ready(f"{len(known)} workload{' is' if len(known) == 1 else 's are'} ready: {', '.join(known)}.")


Transform = Callable[[dict[str, Any]], None]
"""Changes a document of the manifests, in place, on its way to the platform."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of platform can do. `options` are those of `Options` that mean something to it.

    `lasting_addresses`: the page's address goes on when the command that printed it has ended. `clusters`: it makes
    clusters of its own (`faces cluster up --on`). `kubernetes`: its Rollouts are objects in an API server. `doctor`:
    its provider is a seam.doctor.Doctor as well. `origins`: where what goes into its clusters can come from, if there
    is a choice. `alike`: the kind whose whole suite holds here as well, because only the making of a cluster differs.
    `extras`: what its clusters can have on top.
    """

    summary: str
    options: frozenset[str] = frozenset()
    lasting_addresses: bool = False
    clusters: bool = False
    kubernetes: bool = False
    doctor: bool = False
    origins: tuple[str, ...] = ()
    alike: str = ""
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """What a person said about where a run is. Each kind of platform takes some of them and refuses the others.

    `name` is the run's own (on a cluster its namespace); `cluster` names one that `faces cluster up` has made;
    `port` is the page's; `seed`
    makes faults and names repeatable.
    """

    name: str | None = None
    cluster: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    port: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A run to be started. `manifests` None: the shipped ones. `attached`: it ends when this process does.

    `services` are annotations that Services get on top of their own, by the Service's name.
    """

    manifests: Path | None = None
    attached: bool = False
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    transform: Transform | None = None


class StartingRun(Protocol):
    """A run that is on its way up while the caller imports, prints or waits."""

    @property
    def name(self) -> str: ...

    async def wait_until_ready(self, progress: Say) -> AbstractAsyncContextManager[Platform]:
        """Wait until the app is served, and return the platform."""
        ...


class Provider(Protocol):
    """One kind of platform. What it can do is said in the registry, which knows it without importing it."""

    def begin(self, options: Options, request: StartRequest) -> StartingRun:
        """Start a new run and return at once."""
        ...

    async def find(self, options: Options) -> AbstractAsyncContextManager[Platform]:
        """The run that is up. Raises NotRunning, with the command that helps."""
        ...

    def names(self) -> list[str]:
        """The names of the runs that are up, as far as this machine knows them without asking another one."""
        ...

    def page(self, options: Options, view: PlatformView) -> str:
        """How a person gets to the page: an address, or an address and the command that opens it."""
        ...


@dataclass(frozen=True, slots=True)
class MadeCluster:
    """A cluster that is up, and how one speaks to it."""

    name: str
    kubeconfig: Path
    kubectl: Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of a cluster beyond the usual.

    `origin` is one of the kind's origins (None: the maker chooses). `preload`: fetch all images before the cluster is
    made, so that it works without the internet afterwards. `extra` names what it has on top, of the kind's extras.
    """

    origin: str | None = None
    preload: bool = False
    extra: tuple[str, ...] = ()


AS_USUAL = Wishes()


class ClusterMaker(Protocol):
    """Makes clusters and takes them away: there is one for each kind of platform whose capabilities say `clusters`."""

    def clusters(self) -> list[str]:
        """The names of those that are up, or of which something is left."""
        ...

    def make(self, name: str | None, progress: Say, *, install: bool, wishes: Wishes = AS_USUAL) -> MadeCluster:
        """Make a cluster and return when it is ready. `install` what the host lacks, instead of refusing."""
        ...

    def end(self, name: str, logs: Path | None) -> None:
        """End a cluster; nothing of it is left. What its programs logged is copied to `logs`."""
        ...
