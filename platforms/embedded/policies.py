"""What callers do with requests to a Service, as plain values: its annotations ask for it, and the mesh does it.

They stand apart from both, because the mesh's first configuration is written before anything heavy is imported
(head_start.py), and reading manifests is heavy.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breaker:
    """Linkerd's consecutive failure accrual: so many failures in a row take an endpoint out, for a while."""

    max_failures: int = 7
    min_penalty_s: float = 1.0
    max_penalty_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """What callers do with requests to one Service. Times are in seconds; None: no such limit."""

    retried_statuses: tuple[int, ...] = ()
    retries: int = 1
    try_timeout_s: float | None = None
    request_timeout_s: float | None = None
    response_timeout_s: float | None = None
    breaker: Breaker | None = None


NO_POLICY = ServicePolicy()
