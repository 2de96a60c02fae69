"""The final status of a Rollout, without times and without the counters of the API server."""

import json
from collections.abc import Mapping
from typing import Any

# Argo writes a condition's message only once and appends a condition that has changed, so messages and order depend on
# moments. Both are compared separately, as text.
MESSAGES = "messages of conditions"

_TIMES = ("abortedAt", "lastTransitionTime", "lastUpdateTime", "restartedAt", "startTime")
# These are part of the decisions, which are compared throughout.
_UNCOMPARED = (
    "abort", "currentPodHash", "currentStepIndex", "message", "observedGeneration", "pauseConditions", "phase",
    "stableRS", "workloadObservedGeneration",
)  # fmt: skip


def ending(status: Mapping[str, Any]) -> dict[str, str]:
    """{field: its value as text}; under MESSAGES, the messages of the conditions."""
    fields = {name: value for name, value in status.items() if name not in _UNCOMPARED and value not in ({}, [])}
    conditions = fields.pop("conditions", ())
    told = {name: json.dumps(_without_times({name: value})[name], sort_keys=True) for name, value in fields.items()}
    told["conditions"] = ", ".join(sorted(f"{one['type']} {one['status']} {one['reason']}" for one in conditions))
    told[MESSAGES] = ", ".join(f"{one['type']}: {one['message']}" for one in conditions)
    return {name: text for name, text in told.items() if text != "{}"}


def _without_times(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: name in _TIMES or _without_times(item) for name, item in value.items()}
    return [_without_times(item) for item in value] if isinstance(value, list) else value
