"""Where what goes into a kind cluster comes from. There are two origins; all else is the same for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from platforms.install.extras import Extra
from platforms.install.toolbox import Say, Toolbox
from platforms.kind.docker import Docker
from platforms.kind.layout import Layout
from platforms.kind.program import Kind


@dataclass(frozen=True, slots=True)
class Ground:
    """What a cluster is made on: a Docker daemon, the image of a node, and kind's configuration (YAML)."""

    docker: Docker
    image: str
    config: str


class Origin(Protocol):
    """`own_images`: the addons run from images that were made here, not from those that their manifests name."""

    name: str
    own_images: bool

    def prepare(self, more: Sequence[Extra], say: Say) -> Toolbox:
        """What is needed before a cluster is begun, with `more` on top.

        Raises UserError if this machine lacks something, or if this origin does not have it.
        """
        ...

    def lay(self, layout: Layout, lock: int, tools: Toolbox, more: Sequence[Extra], say: Say) -> Ground:
        """Prepare Docker, the node's image, and what is to be there before the cluster is.

        `lock` is the file descriptor of the cluster's lock.
        """
        ...

    def load(self, kind: Kind, tools: Toolbox, more: Sequence[Extra], say: Say) -> None:
        """Bring the app's image, and those of the addons and of what is on top, onto the node."""
        ...

    def docker(self, layout: Layout) -> Docker:
        """The daemon on which the cluster is."""
        ...

    def end(self, layout: Layout, kind: Kind) -> None:
        """Delete the cluster, and what was laid for it."""
        ...
