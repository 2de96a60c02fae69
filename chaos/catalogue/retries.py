"""Failures that the callers' side of the mesh hides by trying again. Visitors are well; the replicas are not."""

from chaos.catalogue.writing import caught
from seam.releases import FaultPlan, Release, Scene

_RETRIED = Scene(services={"smiley": {"retry.linkerd.io/http": "5xx", "retry.linkerd.io/limit": "2"}})
_IN_TIME = Scene(services={"smiley": {"retry.linkerd.io/timeout": "300ms", "retry.linkerd.io/limit": "2"}})
_HIDDEN = "What the callers see is perfect; only attempts show it."

RELEASES: tuple[Release, ...] = (
    caught(
        "first-try",
        "Fails each first try of a request, so that callers ask twice.",
        "Nothing yet: each second try succeeds, at twice the load.",
        _HIDDEN,
        "success-rate",
        {"first_try": {"fraction": 100}},
        scene=_RETRIED,
    ),
    caught(
        "retry-storm",
        "Fails 80 % of its requests once it has half of the traffic, and callers ask three times.",
        "Some cursing faces, and much more load than there are visitors.",
        "What the callers see is far better than what happens.",
        ("success-rate", "gate"),
        FaultPlan({"error": {"fraction": 80}}, from_weight=50),
        scene=_RETRIED,
    ),
    caught(
        "hidden-timeouts",
        "Leaves a quarter of its requests without an answer, and callers ask again after 300 ms.",
        "Faces that come a little late.",
        _HIDDEN,
        "success-rate",
        {"hang": {"fraction": 25}},
        scene=_IN_TIME,
    ),
)
