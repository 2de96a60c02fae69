"""Whether Prometheus scrapes the data plane: the proxies' targets are there, and are up."""

from collections.abc import Collection, Sequence

from platforms.doctor.checking import failed, listed, ok, some
from platforms.doctor.measured import Target
from seam.doctor import Finding

Pod = tuple[str, str]
"""(namespace, name)"""


def check(targets: Sequence[Target], proxies: Collection[Pod], *, next_step: str) -> Finding:
    """`proxies` are the pods that have to be among the targets; empty: any target will do, but all have to be up."""
    of_proxies = [one for one in targets if one.pod in proxies] if proxies else list(targets)
    missing = sorted(name for _, name in set(proxies) - {one.pod for one in targets})
    if missing:
        return failed(f"Prometheus has no target for {some(len(missing), 'proxy pod')}: {listed(missing)}", next_step)
    if not of_proxies:
        return failed("Prometheus has no target at all", next_step)
    down = [one for one in of_proxies if not one.up]
    if not down:
        return ok(f"{some(len(of_proxies), 'target')}, all up")
    first = down[0]
    saw = (
        f"{len(down)} of {some(len(of_proxies), 'target')} down: {first.url}: {first.error.rstrip('.') or 'no answer'}"
    )
    if "403" in first.error:
        return failed(saw, "A policy refuses Prometheus: let its identity through to the proxies' admin port.")
    return failed(saw, next_step)
