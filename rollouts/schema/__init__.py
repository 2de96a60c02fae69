"""The schemas of Argo's objects, and what the API server answers for an object that does not fit its schema."""

from rollouts.schema.checking import stored
from rollouts.schema.objects import ANALYSIS_TEMPLATE, ROLLOUT

__all__ = ["ANALYSIS_TEMPLATE", "ROLLOUT", "stored"]
