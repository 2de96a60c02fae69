"""Argo's rules about antiAffinity, which both strategies have. The engine itself knows no nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def of_anti_affinity(anti_affinity: Mapping[str, Any] | None, at: str) -> Iterator[Invalid]:
    if anti_affinity is None:
        return
    if (_PREFERRED in anti_affinity) == (_REQUIRED in anti_affinity):
        yield Invalid(f"{at}.antiAffinity", "AntiAffinity must have exactly one strategy listed")
    if _PREFERRED in anti_affinity and not 1 <= anti_affinity[_PREFERRED]["weight"] <= 100:
        yield Invalid(f"{at}.antiAffinity.weight", "AntiAffinity weight must be between 1-100")
