"""The shapes of Argo's objects, and what the API server says of an object that has another."""

from rollouts.schema.checking import stored
from rollouts.schema.objects import ANALYSIS_TEMPLATE, ROLLOUT

__all__ = ["ANALYSIS_TEMPLATE", "ROLLOUT", "stored"]
