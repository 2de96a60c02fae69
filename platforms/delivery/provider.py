"""Runs that are delivered from a repository, on whatever cluster the options name."""

from dataclasses import replace

from manifests import TRAEFIK
from platforms.delivery.platform import DeliveredPlatform
from platforms.kube.provider import KubeProvider, Starting
from platforms.registry import provider
from seam.errors import UserError
from seam.provider import Options, StartRequest


def begin(
    on: str, options: Options, request: StartRequest, repository: str | None = None
) -> Starting[DeliveredPlatform]:
    """Start a run on the platform of that name. `repository` None: one of the run's own, in its namespace."""
    kube = _kube(on)
    access = kube.access(options)
    settings = replace(kube.settings(options, access, request.manifests or TRAEFIK), repository=repository)
    return Starting(DeliveredPlatform, settings, access.reach, request)


async def find(on: str, options: Options) -> DeliveredPlatform:
    """The run that is up. Raises NotRunning; UserError if it is not delivered from a repository."""
    kube = _kube(on)
    access = kube.access(options)
    platform = await DeliveredPlatform.attach(kube.settings(options, access), access.reach)
    try:
        await platform.delivery.application()
    except BaseException:
        await platform.close()
        raise
    return platform


def _kube(on: str) -> KubeProvider:
    found = provider(on)
    if not isinstance(found, KubeProvider):
        raise UserError(f"Argo CD delivers to clusters, and --on {on} is none; use --on bare, kind or cluster.")
    return found
