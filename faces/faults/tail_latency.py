"""tail_latency: a share of the requests is late and still says 200.

A success rate cannot see it; only a latency quantile can.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Milliseconds, Percent, ShareFault
from faces.faults.plan import Plan, Wait


class TailLatency(ShareFault):
    """Delays `fraction` percent of the requests by `ms`; they still succeed."""

    kind: ClassVar[str] = "tail_latency"
    example: ClassVar[str] = '{"tail_latency": {"fraction": 10, "ms": 800}}'

    fraction: Annotated[Percent, Field(description="The share of the requests that are late.")]
    ms: Annotated[Milliseconds, Field(gt=0, description="How much longer they take.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.delayed(Wait(self.kind, self.ms / 1000))
