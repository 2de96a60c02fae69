"""Connections that break, between a replica and its own side of the mesh."""

from chaos.catalogue.writing import caught
from seam.releases import Release

_SUCCESS = "success-rate"
_CURSE = "Cursing faces."

RELEASES: tuple[Release, ...] = (
    caught(
        "reset",
        "Resets half of its connections instead of answering.",
        _CURSE,
        "Why: the mesh answers 502 in its place.",
        _SUCCESS,
        {"reset": {"fraction": 50}},
    ),
    caught(
        "reset-body",
        "Resets half of its connections in the middle of the body.",
        _CURSE,
        "The status says 200: a query on status codes calls it a success.",
        _SUCCESS,
        {"reset_body": {"fraction": 50}},
    ),
    caught(
        "fin",
        "Closes half of its connections before a single header.",
        _CURSE,
        "Why: the mesh answers in its place.",
        _SUCCESS,
        {"fin": {"fraction": 50}},
    ),
    caught(
        "refuse",
        "Refuses every connection, though it is ready.",
        _CURSE,
        "Probes ask another port and stay green.",
        _SUCCESS,
        {"refuse": {}},
    ),
    caught(
        "slow-accept",
        "Accepts each connection 700 ms late, one after the other.",
        "Faces that come late, the more the later.",
        "Where the time goes: an answer that waits for its connection is a slow answer.",
        ("latency-p99-ms", _SUCCESS),
        {"slow_accept": {"ms": 700}},
    ),
)
