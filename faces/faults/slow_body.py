"""slow_body: a fast first byte, then the body drips.

Whoever measures the time to the first byte, as a mesh does, finds nothing wrong.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Milliseconds, Percent, Protocol, ShareFault
from faces.faults.plan import Drip, Plan


class SlowBody(ShareFault):
    """Sends the first byte of `fraction` percent of the answers at once, and the others little by little over `ms`."""

    kind: ClassVar[str] = "slow_body"
    example: ClassVar[str] = '{"slow_body": {"fraction": 20, "ms": 2000}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the answers that drip.")]
    ms: Annotated[Milliseconds, Field(gt=0, description="The time from the first byte to the last.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.dripping(Drip(self.kind, self.ms / 1000))
