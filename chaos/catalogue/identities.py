"""Replicas that cannot prove who they are, or let nobody in. Callers see it; the replica's own answers are silent."""

from chaos.catalogue.writing import caught
from seam.releases import CALLERS, IDENTITY, NOBODY, PodChange, Release

_CURSE = "Every tile that asks it curses."
_SILENT = "Its own side: no request comes in, so every share of its answers is as good as ever."


def _identity(kind: str) -> PodChange:
    return PodChange(annotations={IDENTITY: kind})


RELEASES: tuple[Release, ...] = (
    caught(
        "expired-certificate",
        "Its certificate is out of date.",
        _CURSE,
        _SILENT,
        ("certificate-left", "unreachable"),
        pods=_identity("expired"),
    ),
    caught(
        "other-ca",
        "Its certificate is of an authority that nobody trusts.",
        _CURSE,
        _SILENT,
        "unreachable",
        pods=_identity("other-ca"),
    ),
    caught(
        "wrong-name",
        "Its certificate is another workload's.",
        _CURSE,
        _SILENT,
        "unreachable",
        pods=_identity("wrong-name"),
    ),
    caught(
        "denied-caller",
        "Its policy lets none of its callers in.",
        _CURSE,
        "403 is a success by Linkerd's classification, and its own requests and answers know nothing of it.",
        "denied",
        pods=PodChange(annotations={CALLERS: NOBODY}),
    ),
)
