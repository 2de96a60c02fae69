"""Slow answers. Nothing here is ever counted as an error, but for the caller who gives up."""

from chaos.catalogue.writing import caught, missed
from seam.releases import FaultPlan, Release

_LATENCY = "latency-p99-ms"
_NO_ERROR = "No error is counted anywhere: every answer is 200."

RELEASES: tuple[Release, ...] = (
    missed(
        "slow-p50",
        "Answers every request 300 ms later.",
        "Faces that come late.",
        "It stays below the bound of 500 ms; only a comparison with stable shows it (latency-against-stable).",
        {"delay": {"buckets_ms": [300]}},
    ),
    caught(
        "slow-p99",
        "Answers correctly, but 5 % of its requests take almost 2 s longer.",
        "Now and then a face is missing for seconds.",
        _NO_ERROR,
        _LATENCY,
        # Face gives up after 2 s, and this is about answers.
        {"tail_latency": {"fraction": 5, "ms": 1850}},
    ),
    caught(
        "slow-body",
        "Begins every answer at once and takes 1.5 s to end it.",
        "Faces that come late.",
        f"{_NO_ERROR} And every answer begins at once, which is all that Linkerd's latency measures.",
        ("slow-bodies", "success-rate"),
        {"slow_body": {"fraction": 100, "ms": 1500}},
    ),
    caught(
        "hang",
        "Accepts every request and answers none: no error is ever counted.",
        "Tiles that sleep.",
        "Every series of answers is silent: only requests without an answer show it.",
        "success-rate",
        {"hang": {"fraction": 100}},
    ),
    caught(
        "slow-start",
        "Is ready at once, and takes 3 s for each answer of its first minute.",
        "Tiles that sleep, for a while.",
        _NO_ERROR,
        (_LATENCY, "success-rate"),
        {"slow_start": {"ms": 3000, "for_s": 60}},
    ),
    caught(
        "slow-under-load",
        "Gets slower with each request per second that it has to serve beyond a few.",
        "The more visitors, the later the faces.",
        "Nothing is seen while few are there.",
        _LATENCY,
        FaultPlan({"slow_under_load": {"above": 2, "ms": 400}}),
    ),
)
