"""What annotations ask of the mesh: Linkerd's own on Services, and faces' on pod templates. Pure.

Linkerd reads its annotations on the Service that clients ask (the parent) and applies them on the callers' side:
`retry.linkerd.io`, `timeout.linkerd.io` and `balancer.linkerd.io`. Whatever is written there and not understood is
refused, because a retry that is silently not made is a release judged wrongly. The fields are those of Linkerd 2.20.
"""

import re
from collections.abc import Callable, Mapping

from platforms.embedded.policies import Breaker, ServicePolicy
from seam.releases import CALLERS, IDENTITY

IDENTITIES = ("good", "expired", "other-ca", "wrong-name")
"""How a version's certificate can be: as it should be, out of date, of a CA that nobody trusts, another workload's."""

_LINKERD = re.compile(r"(retry|timeout|balancer|balancer\.alpha)\.linkerd\.io/")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_RETRIED = {"5xx": (500, 599), "gateway-error": (502, 504)}
_MOST_RETRIES = 65_535


def service_policy(annotations: Mapping[str, str]) -> ServicePolicy:
    """Raise ValueError with a sentence that names the annotation."""
    given: dict[str, object] = {}
    breaker: dict[str, object] = {}
    for name, text in annotations.items():
        if not _LINKERD.match(name):
            continue
        if name not in _READERS:
            raise ValueError(f"the annotation {name} is not known here; use {', '.join(sorted(_READERS))}")
        field, read = _READERS[name]
        try:
            value = read(text.strip())
        except ValueError as error:
            raise ValueError(f"the annotation {name} is {text!r}; {error}") from None
        (breaker if field in Breaker.__slots__ else given)[field] = value
    accrual = bool(given.pop("breaker", False))
    if breaker and not accrual:
        raise ValueError("balancer.linkerd.io/failure-accrual has to be consecutive for its limits to count; add it")
    tuned = Breaker(**breaker) if accrual else None  # type: ignore[arg-type]  # each reader gives its field's type
    return ServicePolicy(breaker=tuned, **given)  # type: ignore[arg-type]


def callers_of(annotations: Mapping[str, str]) -> tuple[str, ...] | None:
    """The workloads that may call these pods; None: every one that has an identity."""
    text = annotations.get(CALLERS)
    return None if text is None else tuple(filter(None, (part.strip() for part in text.split(","))))


def identity_of(annotations: Mapping[str, str]) -> str:
    """One of IDENTITIES. Raises ValueError for another."""
    text = annotations.get(IDENTITY, IDENTITIES[0])
    if text not in IDENTITIES:
        raise ValueError(f"the annotation {IDENTITY} is {text!r}; give one of {', '.join(IDENTITIES)}")
    return text


def _duration(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("give a number with its unit, such as 300ms or 2s")
    return float(found[1]) * _SECONDS[found[2]]


def _statuses(text: str) -> tuple[int, ...]:
    """`5xx`, `gateway-error`, a status, or a range of them, with commas between."""
    statuses: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"(\d{3})(?:-(\d{3}))?", part)
        low, high = _RETRIED.get(part) or ((int(found[1]), int(found[2] or found[1])) if found else (0, 0))
        if not 100 <= low <= high <= 599:
            raise ValueError("give statuses without spaces, such as 5xx, gateway-error, 503 or 500-504")
        statuses.update(range(low, high + 1))
    return tuple(sorted(statuses))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_RETRIES:
        raise ValueError(f"give a whole number up to {_MOST_RETRIES}")
    return int(text) or 1  # Linkerd takes 0 for unset


def _consecutive(text: str) -> bool:
    if text != "consecutive":
        raise ValueError("give consecutive, the only one that is played here")
    return True


_READERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "retry.linkerd.io/http": ("retried_statuses", _statuses),
    "retry.linkerd.io/limit": ("retries", _count),
    "retry.linkerd.io/timeout": ("try_timeout_s", _duration),
    "timeout.linkerd.io/request": ("request_timeout_s", _duration),
    "timeout.linkerd.io/response": ("response_timeout_s", _duration),
    "balancer.linkerd.io/failure-accrual": ("breaker", _consecutive),
    "balancer.linkerd.io/failure-accrual-consecutive-max-failures": ("max_failures", _count),
    "balancer.linkerd.io/failure-accrual-consecutive-min-penalty": ("min_penalty_s", _duration),
    "balancer.linkerd.io/failure-accrual-consecutive-max-penalty": ("max_penalty_s", _duration),
}
