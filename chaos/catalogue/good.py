"""Good versions: each has to be promoted, though some look odd."""

from chaos.catalogue.writing import good
from seam.releases import FaultPlan, Release, Scene

RELEASES: tuple[Release, ...] = (
    good("good", "A healthy version: it serves every request well."),
    good("slower-20ms", "Answers every request 20 ms later than before.", {"delay": {"buckets_ms": [20]}}),
    good(
        "background-errors",
        "Fails 1 % of its requests, as the version before it does.",
        FaultPlan({"error": {"fraction": 1}}, every_version=True),
        tolerated=0.01,
    ),
    good("in-a-burst", "A healthy version that goes out while visitors come in bursts.", scene=Scene(shape="burst")),
    good("cold-start", "A healthy version whose replicas need 3 s to start.", {"slow_start": {"ready_after_s": 3}}),
    good("few-visitors", "A healthy version with few visitors to show it.", scene=Scene(rate=12)),
)
