"""Whether clocks agree: a mesh's certificates allow 20 s of difference, and a window of measurements is as long."""

from collections.abc import Iterable

from platforms.doctor.checking import Look, NotSeen, failed, listed, ok, warning
from platforms.doctor.measured import Clock, readable
from seam.doctor import Finding

# As Linkerd's certificates begin so long before they are issued.
_ALLOWED_S = 20.0
_NOTICED_S = 2.0
_NEXT = "Set the clocks by NTP: with more than 20 s between them, callers refuse certificates as not yet valid."


def check(looks: Iterable[Look[Clock]]) -> Finding:
    clocks, hidden = readable(looks)
    if not clocks:
        raise NotSeen("; ".join(hidden))
    worst = max(clocks, key=lambda clock: abs(clock.ahead_s))
    apart = abs(worst.ahead_s)
    if apart <= _NOTICED_S:
        unseen = f"; not looked at: {'; '.join(hidden)}" if hidden else ""
        agreed = f"{listed(clock.whose for clock in clocks)}: no more than {_NOTICED_S:g} s from this machine's"
        return warning(agreed + unseen) if hidden else ok(agreed)
    which = "ahead of" if worst.ahead_s > 0 else "behind"
    saw = f"the clock of {worst.whose} is at least {apart:.1f} s {which} this machine's"
    return failed(saw, _NEXT) if apart > _ALLOWED_S else warning(saw, _NEXT)
