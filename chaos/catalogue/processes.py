"""Replicas that die, do not get ready, or take what others need."""

from chaos.catalogue.writing import caught, missed, stuck
from seam.releases import PodChange, Release, Scene

_CURSE = "Cursing faces, whenever one of its replicas dies."
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
        {"readiness": {"fraction": 100}},
    ),
    caught(
        "crash-under-load",
        "Exits as soon as it has to serve a few requests a second.",
        _CURSE,
        "Why: what was under way when a replica died is 502.",
        ("success-rate", "canary-share", "gate"),
        {"crash": {"above": 3}},
    ),
    caught(
        "memory-leak",
        "Takes 100 MB more memory each second, until its limit kills it.",
        _CURSE,
        "Memory: only that nobody is left to be asked, because stable serves in its place.",
        ("canary-share", "success-rate"),
        {"memory": {"mb_per_s": 100}},
    ),
    missed(
        "flapping-readiness",
        "Is ready for 3 s and not for 2 s, again and again.",
        "Nothing, as long as one of its replicas is ready.",
        "A replica that is not ready gets no request, and so fails none; stable serves in its place.",
        {"readiness": {"fraction": 40, "period_s": 5}},
    ),
    missed(
        "cpu-burn",
        "Burns a third of a core in each replica, which slows its neighbours.",
        "Everything is a little slower, whichever version serves it.",
        "Whose fault it is: stable is as slow as the canary.",
        {"cpu": {"cores": 0.3}},
    ),
    missed(
        "drops-on-shutdown",
        "Drops what is under way when it has to end.",
        "Cursing faces with the next release, not with this one.",
        "Nothing happens until its replicas end.",
        {"drop_on_shutdown": {}},
    ),
    missed(
        "missing-dependency",
        "Asks for a Service that is not there.",
        "Every tile that it serves curses.",
        "It answers 200 itself, and a call to a name that nobody has never gets onto the wire.",
        pods=PodChange(env={"SMILEY_SERVICE": "smiley-next"}),
        scene=Scene(workload="face"),
    ),
)
