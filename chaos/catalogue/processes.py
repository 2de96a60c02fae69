"""Replicas that die, do not get ready, or take what others need."""

from chaos.catalogue.writing import missed, stuck
from seam.releases import PodChange, Release, Scene

_NEVER = "Nothing: no traffic goes to it."

RELEASES: tuple[Release, ...] = (
    stuck(
        "crash-loop",
        "Exits as soon as it starts, so it never serves anybody.",
        _NEVER,
        "Everything: without a request there is no number.",
        pods=PodChange(env={"FAULTS": "{"}),
    ),
    stuck(
        "never-ready",
        "Starts and never becomes ready.",
        _NEVER,
        "Everything: without a request there is no number.",
        {"slow_start": {"ready_after_s": 86_400}},
    ),
    missed(
        "missing-dependency",
        "Asks for a Service that is not there.",
        "Every tile that it serves curses.",
        "It answers 200 itself; that the calls it makes fail is in the outbound side of its own pods alone.",
        pods=PodChange(env={"SMILEY_SERVICE": "smiley-next"}),
        scene=Scene(workload="face"),
    ),
)
