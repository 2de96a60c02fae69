"""corrupt_json: a share of the answers is no JSON, though all of HTTP says that it is.

Status, Content-Length and Content-Type are right, and the connection stays open: only who reads the body notices.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import HTTP_ONLY, Percent, Protocol, ShareFault
from faces.faults.plan import Garbling, Plan


class CorruptJSON(ShareFault):
    """Answers `fraction` percent of the requests with a body that is not JSON: its last third is missing, and
    Content-Length does not speak of it.
    """

    kind: ClassVar[str] = "corrupt_json"
    example: ClassVar[str] = '{"corrupt_json": {"fraction": 20}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    fraction: Annotated[Percent, Field(description="The share of the answers that are not JSON.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.garbled(Garbling(self.kind, corrupted))


def corrupted(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]
