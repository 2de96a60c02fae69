"""truncated_body: Content-Length says more than is sent; the connection closes in the middle of the body.

The status has gone out before: whoever counts statuses counts a success.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Percent, Protocol, ShareFault
from faces.faults.plan import Cut, Plan


class TruncatedBody(ShareFault):
    """Sends half of the body of `fraction` percent of the answers, then closes the connection (a TCP FIN)."""

    kind: ClassVar[str] = "truncated_body"
    example: ClassVar[str] = '{"truncated_body": {"fraction": 20}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the answers that stop in their middle.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.cut_off(Cut(self.kind, "fin", after=0.5))
