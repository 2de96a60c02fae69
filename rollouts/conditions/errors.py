"""The one error of a condition."""

from __future__ import annotations


class ConditionError(Exception):
    """A condition that cannot be evaluated; str() is the text that Argo Rollouts reports, without its preamble.

    Argo does not tell a misspelt condition from one that stumbles over a measurement: either makes the
    measurement an Error, which is retried. So there are no subclasses.
    """
