"""hang: a share of the requests is never answered.

No answer is no failed answer: a ratio of bad to all answers stays green while users stare at nothing.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Percent, ShareFault
from faces.faults.plan import Plan, Wait


class Hang(ShareFault):
    """Accepts `fraction` percent of the requests and never answers them.

    They wait until the client leaves, the fault is switched off, or the replica drains.
    """

    kind: ClassVar[str] = "hang"
    example: ClassVar[str] = '{"hang": {"fraction": 10}}'

    fraction: Annotated[Percent, Field(description="The share of the requests that hang.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.delayed(Wait(self.kind, None))
