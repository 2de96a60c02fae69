"""first_try: the first attempt of a request fails, the next one succeeds.

Where a mesh repeats what failed, visitors see nothing of it, and the replicas get twice the load.

What is said of the attempt counts, on whichever replica it arrives; where nothing is said, a request whose id has been
here before is a retry. A request without an id is the first of its kind.
"""

from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import FailureStatus, Percent, RequestFault, strikes
from faces.faults.plan import Call, Failure, Plan

# A retry comes within a second or so: more ids than a replica gets in that time.
REMEMBERED = 1000


class FirstTry(RequestFault):
    """Answers the first attempt of `fraction` percent of the requests with `status`; every further attempt succeeds.

    Attempts of one request have the same X-Request-Id, or say X-Envoy-Attempt-Count or grpc-previous-rpc-attempts.
    """

    kind: ClassVar[str] = "first_try"
    example: ClassVar[str] = '{"first_try": {"fraction": 100}}'

    fraction: Annotated[Percent, Field(description="The share of the requests whose first attempt fails.")] = 100
    status: FailureStatus = 503

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del now
        seen: tuple[str, ...] = memory if isinstance(memory, tuple) else ()
        if call.attempt > 1 or (call.request_id and call.request_id in seen):
            return draft, seen
        if call.request_id:
            seen = (*seen[-REMEMBERED + 1 :], call.request_id)
        if draft.failure is not None or not strikes(self.fraction, rng):
            return draft, seen
        return draft.failed(Failure(self.kind, self.status, "injected error (first attempt)", "UNAVAILABLE")), seen
