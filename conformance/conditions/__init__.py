"""Conditions of metrics, evaluated by Argo Rollouts' own code and by the engine."""

from conformance.conditions.asking import compare

__all__ = ["compare"]
