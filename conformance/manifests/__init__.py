"""Manifests, validated by Argo Rollouts' own code and by the engine."""

from conformance.manifests.asking import compare

__all__ = ["compare"]
