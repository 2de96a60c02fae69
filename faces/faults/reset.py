"""reset: the connection is reset before an answer begins, as when a process dies with the request in its hands."""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Percent, Protocol, ShareFault
from faces.faults.plan import Cut, Plan


class Reset(ShareFault):
    """Resets the connection of `fraction` percent of the requests (a TCP RST), before the answer begins."""

    kind: ClassVar[str] = "reset"
    example: ClassVar[str] = '{"reset": {"fraction": 10}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the requests whose connection is reset.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.cut_off(Cut(self.kind, "reset"))
