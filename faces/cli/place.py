"""Where a command goes: on which kind of platform, and to which run there.

The options that say so are the same for every command. What each kind of platform can do is the registry's to say.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faces.cli.completing import run_names
from platforms.registry import DEFAULT, PLATFORMS, capabilities, provider
from seam.errors import UserError
from seam.provider import Options, StartingRun, StartRequest

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from platforms.delivery.platform import DeliveredPlatform
    from seam.platform import Platform
    from seam.provider import Capabilities
    from seam.views import PlatformView


@dataclass(frozen=True, slots=True)
class Place:
    """What the options said. Raises UserError for one that means nothing on this kind of platform.

    `by_git`: a release is a commit, on a run that comes from a repository.
    """

    on: str = DEFAULT
    options: Options = field(default_factory=Options)
    by_git: bool = False

    def __post_init__(self) -> None:
        for option in fields(Options):
            given = getattr(self.options, option.name) is not None
            if given and option.name not in self.capabilities.options:
                known = [name for name, one in PLATFORMS.items() if option.name in one.options]
                where = " or ".join(known)
                raise UserError(f"--{option.name} is for --on {where}; leave it out with --on {self.on}.")

    @property
    def capabilities(self) -> "Capabilities":
        return capabilities(self.on)

    def begin(
        self,
        manifests: Path | None,
        *,
        attached: bool = False,
        services: Mapping[str, Mapping[str, str]] | None = None,
    ) -> StartingRun:
        """Start a new run. An `attached` one ends when this process does, where that can be seen to.

        `services` are annotations that Services get on top of their own.
        """
        return provider(self.on).begin(self.options, StartRequest(manifests, attached, services or {}))

    async def find(self) -> "AbstractAsyncContextManager[Platform]":
        """The run that is up. Raises NotRunning, with the command that helps."""
        if self.by_git:
            return await self.find_delivered()
        return await provider(self.on).find(self.options)

    async def find_delivered(self) -> "DeliveredPlatform":
        """The same, of a run that a repository has. UserError if it has none."""
        from platforms.delivery.provider import find

        return await find(self.on, self.options)

    def lasting(self, view: "PlatformView") -> "PlatformView":
        """Without addresses that go with this process: a cluster's are forwarded by it."""
        return view if self.capabilities.lasting_addresses else replace(view, gui="", prometheus="")

    def page(self, view: "PlatformView") -> str:
        """How a person gets to the page."""
        return provider(self.on).page(self.options, view)

    def words(self) -> str:
        """The options again, as one types them: `--on cluster --name shop`, or nothing."""
        given = [f"--on {self.on}"] if self.on != DEFAULT else []
        given += [
            f"--{option.name} {value}"
            for option in fields(Options)
            if option.name not in ("port", "seed") and (value := getattr(self.options, option.name)) is not None
        ]
        return " ".join(given)


def _platforms_in_words() -> str:
    return "Which kind of platform. " + " ".join(f"{name}: {one.summary}." for name, one in PLATFORMS.items())


_OPTIONS = (
    click.option(
        "--on",
        type=click.Choice(list(PLATFORMS)),
        default=DEFAULT,
        show_default=True,
        help=_platforms_in_words(),
    ),
    click.option(
        "--name",
        shell_complete=run_names,
        help="Which run, if several are up; on a cluster its namespace (default: faces).",
    ),
    click.option("--cluster", help="With --on bare or kind: which cluster, if several are up."),
    click.option("--kubeconfig", help="With --on cluster or kind: the file (default: what kubectl uses)."),
    click.option("--context", help="With --on cluster or kind: the kubeconfig's context (default: its current one)."),
)
_STARTING_OPTIONS = (
    click.option(
        "--manifests",
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder of manifests to run (default: the shipped ones).",
    ),
    click.option(
        "--port", type=click.IntRange(1, 65535), help="With --on embedded: the page's port (default: 8080 or next)."
    ),
    click.option("--seed", type=int, help="With --on embedded: makes faults and names repeatable."),
)

Command = Callable[..., None]


def placed(command: Command) -> Command:
    """Give a command the options that say where a run is, as its argument `place`."""
    return _with_options(command, _OPTIONS)


def placed_to_start(command: Command) -> Command:
    """The same for a command that starts a run: with the options that only count then."""
    return _with_options(command, (*_OPTIONS, *_STARTING_OPTIONS))


def _with_options(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    @functools.wraps(command)
    def gathered(*args: Any, **given: Any) -> None:
        said = Options(**{one.name: given.pop(one.name, None) for one in fields(Options)})
        command(*args, place=Place(given.pop("on"), said), **given)

    with_options: Command = gathered
    for option in reversed(options):
        with_options = option(with_options)
    return with_options
