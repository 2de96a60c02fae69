"""error: a share of the requests fails at once."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from faces.faults.fault import FailureStatus, Percent, Protocol, ShareFault
from faces.faults.plan import Failure, Plan

GRPCStatus = Literal[
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]


class Error(ShareFault):
    """Answers `fraction` percent of the requests with `status`, at once."""

    kind: ClassVar[str] = "error"
    example: ClassVar[str] = '{"error": {"fraction": 40}}'

    fraction: Annotated[Percent, Field(description="The share of the requests that fail.")]
    status: FailureStatus = 500
    grpc_status: GRPCStatus | None = Field(
        None, description="color alone: the code of the answer; HTTP still says 200."
    )

    def impossible(self, protocol: Protocol) -> tuple[str, str] | None:
        if self.grpc_status is not None and protocol != "gRPC":
            return "grpc_status", f"is for color, which speaks gRPC; this workload speaks {protocol}, so give status"
        return super().impossible(protocol)

    def strike(self, draft: Plan) -> Plan:
        # A rate-limited request is turned away before any work is done: nothing is left that could fail.
        if draft.failure is not None:
            return draft
        message = f"injected error (error fraction {self.fraction:g} %)"
        return draft.failed(Failure(self.kind, self.status, message, self.grpc_status))
