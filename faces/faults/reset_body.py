"""reset_body: the connection is reset in the middle of the body.

The status has gone out before: whoever counts statuses counts a success.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Percent, Protocol, ShareFault
from faces.faults.plan import Cut, Plan


class ResetBody(ShareFault):
    """Sends half of the body of `fraction` percent of the answers, then resets the connection (a TCP RST)."""

    kind: ClassVar[str] = "reset_body"
    example: ClassVar[str] = '{"reset_body": {"fraction": 20}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the answers that are reset in their middle.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.cut_off(Cut(self.kind, "reset", after=0.5))
