"""Where a command goes: on which kind of platform, and to which run there. The options that say so are the same for
every command.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seam.errors import UserError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from platforms.embedded.platform import EmbeddedPlatform
    from platforms.kube.platform import ClusterPlatform, ClusterSettings
    from platforms.kube.reach import Reach
    from seam.platform import Platform
    from seam.views import PlatformView

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests"
# The namespace of a run on a cluster, if nobody names one.
NAMESPACE = "faces"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that is on its way up. `served` returns when everybody is; its argument hears of the progress."""

    name: str
    served: Callable[[Say], Awaitable["AbstractAsyncContextManager[Platform]"]]


@dataclass(frozen=True, slots=True)
class Place:
    """What the options said. Raises UserError for one that means nothing on this platform."""

    on: str = "embedded"
    name: str | None = None
    cluster: str | None = None
    kubeconfig: str | None = None
    context: str | None = None

    def __post_init__(self) -> None:
        for option, value, platform in (
            ("--cluster", self.cluster, "bare"),
            ("--kubeconfig", self.kubeconfig, "cluster"),
            ("--context", self.context, "cluster"),
        ):
            if value is not None and self.on != platform:
                raise UserError(f"{option} is for --on {platform}; leave it out with --on {self.on}.")

    def begin(self, manifests: Path | None, port: int | None, seed: int | None, *, attached: bool = False) -> Begun:
        """Set a new run on its way. An `attached` one ends when this process does, where that can be seen to."""
        if self.on == "embedded":
            return self._begin_embedded(manifests or MANIFESTS / "base", port, seed, attached=attached)
        for option, value in (("--port", port), ("--seed", seed)):
            if value is not None:
                raise UserError(f"{option} is for --on embedded; leave it out with --on {self.on}.")
        return self._begin_on_cluster(manifests or MANIFESTS / "overlays" / "traefik")

    async def find(self) -> "AbstractAsyncContextManager[Platform]":
        """The run that is up. Raises NotRunning, with the command that helps."""
        if self.on == "embedded":
            from platforms.embedded.platform import EmbeddedPlatform

            return EmbeddedPlatform.find(self.name)
        from platforms.kube.platform import ClusterPlatform

        settings, reach = self._settings(MANIFESTS)
        return await ClusterPlatform.attach(settings, reach)

    def lasting(self, view: "PlatformView") -> "PlatformView":
        """Without addresses that go with this process: a cluster's are forwarded by it."""
        return view if self.on == "embedded" else replace(view, gui="", prometheus="")

    def page(self, view: "PlatformView") -> str:
        """How a person gets to the page."""
        if self.on == "embedded":
            return view.gui
        settings, _ = self._settings(MANIFESTS)
        options = [f"--kubeconfig {settings.kubeconfig}"] if settings.kubeconfig else []
        options += [f"--context {settings.context}"] if settings.context else []
        command = " ".join([settings.kubectl, *options, f"--namespace {settings.namespace} port-forward"])
        return f"http://127.0.0.1:8080/faces/ as long as this runs: {command} {settings.front} 8080:80"

    def _begin_embedded(self, manifests: Path, port: int | None, seed: int | None, *, attached: bool) -> Begun:
        from platforms.embedded.launch import launch
        from platforms.embedded.settings import Settings

        # First of all: the rest is imported while the platform is on its way up.
        launched = launch(Settings(str(manifests), port, attached=attached, seed=seed), self.name)

        async def served(say: Say) -> "EmbeddedPlatform":
            from platforms.embedded.platform import EmbeddedPlatform

            return await EmbeddedPlatform.attach(launched, say)

        return Begun(launched.folder.path.name, served)

    def _begin_on_cluster(self, manifests: Path) -> Begun:
        settings, reach = self._settings(manifests)

        async def served(say: Say) -> "ClusterPlatform":
            from platforms.kube.platform import ClusterPlatform

            return await ClusterPlatform.start(settings, reach, say=say)

        return Begun(settings.namespace, served)

    def _settings(self, manifests: Path) -> "tuple[ClusterSettings, Reach]":
        from platforms.kube.kubeconfig import Kubeconfig
        from platforms.kube.platform import ClusterSettings
        from platforms.kube.reach import KubectlPortForward

        settings = ClusterSettings(
            str(manifests), self.name or NAMESPACE, self.kubeconfig, self.context, platform=self.on
        )
        if self.on == "cluster":
            return settings, KubectlPortForward(settings.kubectl, Kubeconfig(self.kubeconfig, self.context).options)
        from platforms.bare.cluster import BareCluster

        bare = BareCluster.find(self.cluster)
        return replace(settings, kubeconfig=str(bare.kubeconfig), kubectl=str(bare.kubectl)), bare.reach()


_OPTIONS = (
    click.option(
        "--on",
        type=click.Choice(["embedded", "bare", "cluster"]),
        default="embedded",
        show_default=True,
        help="Which platform: processes here, a cluster made with `faces cluster up`, or any cluster.",
    ),
    click.option("--name", help="Which run, when several are up; on a cluster its namespace (default: faces)."),
    click.option("--cluster", help="With --on bare: which one, when several are up."),
    click.option("--kubeconfig", help="With --on cluster: the file (default: as kubectl)."),
    click.option("--context", help="With --on cluster: of the kubeconfig (default: its current one)."),
)


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options, and what they say as its argument `place`."""

    @functools.wraps(command)
    def gathered(*args: Any, **given: Any) -> None:
        place = Place(**{one.name: given.pop(one.name) for one in fields(Place)})
        command(*args, place=place, **given)

    with_options: Callable[..., None] = gathered
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options
