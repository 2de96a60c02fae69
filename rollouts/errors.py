"""Why a Rollout is refused.

    SpecError
    ├── Invalid      Argo Rollouts refuses it too; the message is Argo's own text
    │   └── Malformed    the API server refuses it before Argo Rollouts could; the message is the API server's
    └── Unsupported  Argo Rollouts knows it, this engine does not

Nothing in a Rollout is ever ignored: a field is either obeyed or refused by its path.
"""

from __future__ import annotations


class SpecError(Exception):
    """One problem of a Rollout: `field` is its path (`spec.strategy.canary.steps[1].pause.duration`)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Invalid(SpecError):  # noqa: N818 - it says what the Rollout is
    """The Rollout is wrong, for Argo Rollouts as well."""


class Malformed(Invalid):
    """The API server would not store this object."""


class Unsupported(SpecError):  # noqa: N818
    """The Rollout asks for something that only the real controller does."""

    @classmethod
    def feature(cls, field: str, feature: str) -> Unsupported:
        advice = "remove the field, or run this Rollout on a cluster with Argo Rollouts"
        return cls(field, f"this engine does not support {feature}; {advice}")


class UnknownRevision(LookupError):  # noqa: N818
    """An undo asked for a revision that no ReplicaSet has; str() is the sentence to show."""
