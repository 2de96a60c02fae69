"""What conditions make of results, asked of Argo Rollouts' own code and of the engine."""

from conformance.conditions.asking import compare

__all__ = ["compare"]
