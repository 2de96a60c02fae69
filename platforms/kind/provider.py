"""Runs on a kind cluster: what kubectl would take, with kind's own context."""

from dataclasses import replace

from platforms.kube.provider import Access, KubeProvider
from seam.provider import Options

_CONTEXT = "kind-kind"  # what `kind create cluster` calls the one it makes, unless told otherwise


class _Kind(KubeProvider):
    def access(self, options: Options) -> Access:
        return super().access(replace(options, context=options.context or _CONTEXT))


PROVIDER = _Kind("kind")
