"""fin: the connection is closed before an answer begins, as by a server that forgets its request."""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Percent, Protocol, ShareFault
from faces.faults.plan import Cut, Plan


class Fin(ShareFault):
    """Closes the connection of `fraction` percent of the requests (a TCP FIN), before the answer begins."""

    kind: ClassVar[str] = "fin"
    example: ClassVar[str] = '{"fin": {"fraction": 10}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the requests whose connection is closed.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.cut_off(Cut(self.kind, "fin"))
