"""Which origin a cluster gets: the one that was asked for, or the one that this machine can do."""

from collections.abc import Callable
from dataclasses import dataclass

from platforms.install.toolbox import Say
from platforms.kind.docker import Docker
from platforms.kind.homemade import HomeMade
from platforms.kind.origin import Origin
from platforms.kind.upstream import NODE_IMAGE, Upstream


@dataclass(frozen=True, slots=True)
class Machine:
    """What the choice depends on, asked only if it matters."""

    docker_runs: Callable[[], bool]
    node_image_can_be_had: Callable[[], bool]


def choice(asked: str | None, machine: Machine) -> tuple[str, str]:
    """An origin's name, and why, in words."""
    if asked is not None:
        return asked, "as you said"
    if not machine.docker_runs():
        return HomeMade.name, "no Docker daemon answers"
    if not machine.node_image_can_be_had():
        return HomeMade.name, "Docker runs, but its registry does not answer"
    return Upstream.name, "Docker runs, and its registry answers"


def choose(asked: str | None, say: Say, *, preload: bool) -> Origin:
    """The origin, which is told with the word that chooses the other one."""
    docker = Docker()
    name, why = choice(asked, Machine(docker.runs, lambda: _can_be_had(docker)))
    say(f"What goes in comes from {_WORDS[name]}: {why}.")
    return by_name(name, preload=preload)


def by_name(name: str, *, preload: bool = False) -> Origin:
    return Upstream(preload=preload) if name == Upstream.name else HomeMade()


def _can_be_had(docker: Docker) -> bool:
    return docker.has(NODE_IMAGE) or docker.succeeds("manifest", "inspect", NODE_IMAGE)


_WORDS = {
    Upstream.name: "upstream's images (--from registries makes them here)",
    HomeMade.name: "Go modules and the distribution's packages (--from upstream takes published images)",
}
