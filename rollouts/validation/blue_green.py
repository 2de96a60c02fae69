"""The rules about a blue-green strategy. Argo: pkg/apis/rollouts/validation/validation.go.

maxUnavailable is read and has no rule: Argo asks for it only when it restarts pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.errors import Invalid, SpecError, Unsupported
from rollouts.validation.anti_affinity import of_anti_affinity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rollouts.model import BlueGreenStrategy, RolloutAnalysis, RolloutSpec

_AT = "spec.strategy.blueGreen"
_SAME_SERVICE = (
    "This rollout uses the same service for the active and preview services, but two different services are required."
)
_LIMIT_TOO_LARGE = "This rollout's revision history limit can not be smaller than the rollout's scale down limit"


def of_blue_green(
    spec: RolloutSpec,
    blue_green: BlueGreenStrategy,
    arguments: Callable[[RolloutAnalysis, str], Iterator[SpecError]],
) -> Iterator[SpecError]:
    """Every problem: Argo's rules, then what this engine does not know. `arguments` are the rules about those of an
    analysis, which stands at a path.
    """
    if blue_green.active_service == blue_green.preview_service:
        yield Invalid(f"{_AT}.activeService", _SAME_SERVICE)
    limit = blue_green.scale_down_delay_revision_limit
    if limit is not None and spec.revision_history_limit < limit:
        yield Invalid(f"{_AT}.scaleDownDelayRevisionLimit", _LIMIT_TOO_LARGE)
    yield from of_anti_affinity(blue_green.anti_affinity, _AT)
    if not blue_green.active_service:
        yield Unsupported(f"{_AT}.activeService", "name the Service that sends traffic to the active version")
    if (blue_green.preview_replica_count or 0) < 0:
        yield Unsupported(f"{_AT}.previewReplicaCount", "a ReplicaSet cannot have fewer than 0 pods")
    for name, analysis in (
        ("prePromotionAnalysis", blue_green.pre_promotion_analysis),
        ("postPromotionAnalysis", blue_green.post_promotion_analysis),
    ):
        if analysis is not None:
            yield from arguments(analysis, f"{_AT}.{name}")
