"""Argo's rules about steps that route by header, or mirror. The engine itself plays neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rollouts.model import TrafficRouting

_KINDS = ("exact", "regex", "prefix")


def of_header_route(route: Mapping[str, Any] | None, routing: TrafficRouting | None, at: str) -> Iterator[Invalid]:
    if route is None:
        return
    if routing is None or (routing.istio is routing.alb is routing.apisix is None and not routing.has_plugins):
        yield Invalid(at, "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix")
        return
    for i, match in enumerate(route.get("match", ())):
        value, path = match["headerValue"], f"{at}.match[{i}]"
        if routing.alb is None:
            yield from _of_match(value, path)
        elif not value.get("exact") or value.get("regex") or value.get("prefix"):
            yield Invalid(path, "SetHeaderRoute match value invalid. ALB supports 'exact' value only")


def of_mirror_route(route: Mapping[str, Any] | None, routing: TrafficRouting | None, at: str) -> Iterator[Invalid]:
    if route is None:
        return
    if routing is None or (routing.istio is None and not routing.has_plugins):
        yield Invalid(at, "SetMirrorRoute requires TrafficRouting, supports Istio and Plugins")
    for i, match in enumerate(route.get("match", ())):
        for part in ("method", "path"):
            if part in match:
                yield from _of_match(match[part], f"{at}.match[{i}]")


def _of_match(value: Mapping[str, Any], at: str) -> Iterator[Invalid]:
    given = sum(bool(value.get(kind)) for kind in _KINDS)
    kinds = ", ".join(_KINDS)
    if given > 1:
        yield Invalid(at, f"StringMatch match value must have exactly one of the following: {kinds}")
    elif not given:
        yield Invalid(at, f"StringMatch value missed, match value must have one of the following: {kinds}")
