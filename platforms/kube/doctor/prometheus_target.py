"""Which Prometheus the AnalysisTemplates ask, and where it is. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from platforms.kube.resources import Object
from platforms.kube.settings import ClusterSettings
from platforms.kube.templates import analyses_of, used_templates

_ARGUMENT = re.compile(r"{{\s*args\.([^}\s]+)\s*}}")


@dataclass(frozen=True, slots=True)
class PrometheusTarget:
    """A Service of the cluster and its port, or the `address` of a Prometheus outside of it."""

    where: str
    namespace: str = ""
    service: str = ""
    port: int = 0
    address: str = ""


def prometheus_of(
    rollouts: Iterable[Object], templates: Iterable[Object], settings: ClusterSettings
) -> PrometheusTarget:
    """The one that a template in use names first; if none does, the one that is usual."""
    known = list(rollouts)
    for address in _addresses(known, templates):
        target = _target(address)
        if target is not None:
            return target
    namespace, service, port = settings.prometheus_target
    return PrometheusTarget(settings.prometheus, namespace, service.partition("/")[2], port)


def _addresses(rollouts: list[Object], templates: Iterable[Object]) -> Iterator[str]:
    given = {
        arg["name"]: arg["value"]
        for one in rollouts
        for analysis in analyses_of(one)
        for arg in analysis.args
        if "value" in arg
    }
    for template in used_templates(rollouts, templates):
        spec = template.get("spec") or {}
        values = {arg["name"]: arg["value"] for arg in spec.get("args") or () if "value" in arg} | given
        for metric in spec.get("metrics") or ():
            written = ((metric.get("provider") or {}).get("prometheus") or {}).get("address") or ""
            yield _ARGUMENT.sub(lambda found, values=values: str(values.get(found[1], "")), written)


def _target(address: str) -> PrometheusTarget | None:
    """None for what is no address. A Service's is NAME.NAMESPACE, with .svc or without."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    names = host.split(".")
    if not host:
        return None
    inside = parts.scheme == "http" and (len(names) == 2 or names[2:3] == ["svc"])
    if inside and not parts.path.strip("/"):
        return PrometheusTarget(f"{names[0]}.{names[1]}:{port}", names[1], names[0], port)
    return PrometheusTarget(address, address=address.rstrip("/"))
