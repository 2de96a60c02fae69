"""What becomes of manifests, asked of Argo Rollouts' own code and of the engine."""

from conformance.manifests.asking import compare

__all__ = ["compare"]
