"""Whether certificates are valid, and not about to end."""

from collections.abc import Sequence

from platforms.doctor.checking import NotSeen, NotThere, failed, ok, together, warning
from platforms.doctor.measured import Certificate
from seam.doctor import Finding

_DAY_S = 24 * 3600.0
# Sixty days of a year, as `linkerd check` has it; and what is renewed every two days is not warned of for that.
_LEFT = 1 / 6


def check(certificates: Sequence[Certificate], now: float, next_step: str, hidden: str = "") -> Finding:
    """`now` in seconds since the epoch; `next_step` is what to do about one that ends; `hidden` says why others could
    not be looked at.
    """
    if not certificates and not hidden:
        raise NotThere("there is none")
    if not certificates:
        raise NotSeen(hidden)
    findings = [_of(one, now, next_step) for one in certificates]
    first = min(certificates, key=lambda one: one.ends)
    valid = f"{', '.join(one.whose for one in certificates)}: valid, for {_days(first.ends - now)} at least"
    unseen = [warning(f"{valid}; not looked at: {hidden}")] if hidden else []
    return together([*findings, *unseen], valid)


def _of(one: Certificate, now: float, next_step: str) -> Finding:
    left = one.ends - now
    if left <= 0:
        return failed(f"{one.whose} has expired {_days(-left)} ago", next_step)
    if one.begins > now:
        begins = _days(one.begins - now)
        return failed(f"{one.whose} is valid only in {begins}", "Look at the clocks: it was issued in the future.")
    if left < _LEFT * (one.ends - one.begins):
        return warning(f"{one.whose} ends in {_days(left)}", next_step)
    return ok(one.whose)


def _days(seconds: float) -> str:
    """`59 days`, `3.5 h`, `12 min`."""
    if seconds >= 2 * _DAY_S:
        return f"{seconds / _DAY_S:.0f} days"
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"
