"""Whether the traffic router plugins that Rollouts name are loaded.

The controller does not start if it cannot fetch a plugin that its ConfigMap names. It reads the ConfigMap once, when it
starts; and of a plugin that it was not told of it writes to its log alone, while the Rollouts wait for ever.
"""

import math
import re
from collections.abc import Iterable

import yaml

from platforms.doctor.checking import NotThere, failed, listed, ok
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.doctor.pods import started_at, trouble
from platforms.kube.installation import CONFIG, PLUGINS, configured_plugins
from platforms.kube.objects import canary_of, seconds
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, ROLLOUTS, Object
from seam.doctor import Finding

# As logrus writes a level, in text or as JSON; and what Go writes when all is lost.
_BAD = re.compile(r'level"?[=:]"?(error|fatal|panic)|^panic:')
_ABOUT = re.compile(r"plugin|gateway\.networking\.k8s\.io", re.IGNORECASE)
_TIME = re.compile(r'time"?[=:]"(\d{4}-\d\d-\d\dT[^"]+)"')
_LINE = 300
_RESTART = "`kubectl rollout restart --namespace {namespace} deployment/argo-rollouts`"


def check(seen: Observed) -> Finding:
    wanted = {name for one in seen.own(ROLLOUTS) for name in _plugins_of(one)}
    namespace = seen.place.controller
    if not namespace:
        seen.of(DEPLOYMENTS)  # where nobody may list them, nobody knows
        raise NotThere("no Rollouts controller was found")
    config = named(seen.of(CONFIG_MAPS, namespace), CONFIG) or {}
    try:
        loaded = configured_plugins(config)
    except yaml.YAMLError:
        return failed(f"ConfigMap {CONFIG} in namespace {namespace}: trafficRouterPlugins is no YAML", f"See {PLUGINS}")
    if not wanted and not loaded:
        raise NotThere("no Rollout routes by a plugin")
    missing = sorted(wanted - loaded)
    if missing:
        saw = f"Rollouts route by {listed(missing)}, and ConfigMap {CONFIG} in namespace {namespace} does not name it"
        return failed(saw, f"Add it, and restart the controller; see {PLUGINS}")
    return _of_controller(seen, config, seen.controllers()) or ok(
        f"{listed(sorted(loaded))}: configured, and the controller runs with it"
    )


def _of_controller(seen: Observed, config: Object, pods: Iterable[Object]) -> Finding | None:
    namespace, log = seen.place.controller, seen.log.found or ""
    changed = _changed_at(config)
    # Whoever was ended, because the node was too busy, complained of its plugins' end: that is over.
    since = math.inf
    for pod in pods:
        broken = trouble(pod)
        if broken:
            said = _complaint(log)
            line = f"; its log: {said}" if said else ""
            saw = f"the controller does not run with its plugins: {broken}{line}"
            return failed(saw, f"Correct the plugin's location in ConfigMap {CONFIG}; see {PLUGINS}")
        started = started_at(pod)
        since = min(since, started or 0.0)
        if started is not None and changed > started:
            saw = f"ConfigMap {CONFIG} was changed {changed - started:.0f} s after the controller had read it"
            return failed(saw, f"Restart the controller: {_RESTART.format(namespace=namespace)}.")
    said = _complaint(log, 0.0 if math.isinf(since) else since)
    if said:
        return failed(f"the controller complains: {said}", f"See {PLUGINS}")
    return None


def _plugins_of(rollout: Object) -> Iterable[str]:
    return ((canary_of(rollout).get("trafficRouting") or {}).get("plugins") or {}).keys()


def _changed_at(config: Object) -> float:
    """When its data was last written; 0 for one that does not exist."""
    metadata = config.get("metadata") or {}
    writes = [one["time"] for one in metadata.get("managedFields") or () if "f:data" in (one.get("fieldsV1") or {})]
    times = [time for time in (*writes, metadata.get("creationTimestamp")) if time]
    return max(map(seconds, times), default=0.0)


def _complaint(log: str, since: float = 0.0) -> str:
    """The last bad line of the log since then that speaks of a plugin, or of the routes that it may not write."""
    bad = [line.strip() for line in log.splitlines() if _BAD.search(line) and _ABOUT.search(line)]
    new = [line for line in bad if _written(line) >= since]
    return new[-1][:_LINE] if new else ""


def _written(line: str) -> float:
    """When, in seconds since the epoch; infinite for a line that does not say it."""
    said = _TIME.search(line)
    return seconds(said[1]) if said else math.inf
