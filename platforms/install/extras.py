"""What a cluster that we make can have on top, by its name: `faces cluster up --with NAME`.

Not in every cluster, because each costs minutes to build once and memory as long as the cluster is up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from platforms.install import argocd, linkerd
from platforms.install.contents import MoreImages
from platforms.install.images import Image
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import ARGOCD, GATEWAY_API, TOOLS, Say, Tool, Toolbox
from seam.errors import UserError


class Applying(Protocol):
    """`own_images`: with the extra's own `image`, else with those that its manifests name."""

    def __call__(self, kubectl: Kubectl, toolbox: Toolbox, *, own_images: bool = True) -> None: ...


@dataclass(frozen=True, slots=True)
class Extra:
    """What it is built from, the image that it needs, how it is applied, and the workloads to wait for.

    `title` is what it is called. `image` None: it cannot be made here, so it comes from upstream alone. `published`
    are the images that it has there; None: they are fetched by others, later. `programs` have to be on PATH for that.
    """

    title: str
    tools: tuple[Tool, ...]
    image: Callable[[Toolbox, Path, Say], Image] | None
    apply: Applying
    published: Callable[[Toolbox], list[str]] | None
    workloads: tuple[str, ...]
    programs: tuple[str, ...] = ()


EXTRAS: Mapping[str, Extra] = MappingProxyType(
    {
        "argocd": Extra("Argo CD", (ARGOCD,), argocd.image, argocd.apply, argocd.images, argocd.WORKLOADS),
        "linkerd": Extra("Linkerd", (GATEWAY_API,), None, linkerd.apply, None, linkerd.WORKLOADS, (linkerd.PROGRAM,)),
    }
)


def chosen(names: Iterable[str]) -> tuple[Extra, ...]:
    """Those of these names, each once. UserError lists what there is."""
    wanted = dict.fromkeys(names)
    unknown = next((name for name in wanted if name not in EXTRAS), None)
    if unknown is not None:
        raise UserError(f"A cluster cannot have {unknown!r} on top; choose {', '.join(EXTRAS)}.")
    return tuple(EXTRAS[name] for name in wanted)


def made_here(extras: Iterable[Extra]) -> None:
    """UserError for one that cannot be."""
    for extra in extras:
        if extra.image is None:
            raise UserError(f"{extra.title} is in no package registry: use --on kind --from upstream, or leave it out.")


def tools(extras: Iterable[Extra]) -> tuple[Tool, ...]:
    """Everything that has to be built for a cluster with these extras."""
    return (*TOOLS, *(tool for extra in extras for tool in extra.tools))


def images(extras: Iterable[Extra], toolbox: Toolbox, say: Say) -> MoreImages:
    """For the archive of images that the cluster's node imports."""
    return lambda folder: [extra.image(toolbox, folder, say) for extra in extras if extra.image]


def apply(extras: Iterable[Extra], kubectl: Kubectl, toolbox: Toolbox, say: Say, *, own_images: bool = True) -> None:
    """Return when all of them are available."""
    for extra in extras:
        extra.apply(kubectl, toolbox, own_images=own_images)
    for extra in extras:
        say(f"Waiting for {extra.title}...")
        kubectl.wait_for(extra.workloads)
