"""Faults over gRPC: the one interceptor that carries out what is planned for a call. `faulty` is its twin for HTTP.

What touches a connection is not to be had here: grpc.aio keeps its connections to itself. Such faults are refused
before they get here.
"""

from functools import reduce
from typing import Any, cast

import grpc
import grpc.aio
from google.protobuf.json_format import MessageToDict, ParseDict

from faces import color_service as service
from faces.answering import ATTEMPT_HEADER, LONGEST_ID, REQUEST_ID_HEADER
from faces.answering_grpc import Behavior, Context, Continuation, Method, Refused
from faces.faults import Admitted, Call, Cell, Failure
from faces.replica import Replica

REQUEST_ID_KEY = REQUEST_ID_HEADER.lower()
# gRPC's own word counts the attempts before this one; Envoy's counts this one as well.
PREVIOUS_ATTEMPTS_KEY = "grpc-previous-rpc-attempts"
ATTEMPT_KEY = ATTEMPT_HEADER.lower()


class FaultsInjected(grpc.aio.ServerInterceptor):
    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Method:
        handler = await continuation(handler_call_details)
        cell = service.CELLS.get(handler_call_details.method)
        if handler is None or cell is None:
            return cast("Method", handler)
        behavior = cast("Behavior", handler.unary_unary)

        async def injected(request: Any, context: Context) -> Any:
            if self._replica.faults.let_through():
                return await behavior(request, context)
            admitted = await self._replica.faults.admit(self._call(cell, context))
            if (failure := admitted.meets(admitted.plan.failure)) is not None:
                raise Refused(failure.status, failure.message, code_for(failure))
            return changed(admitted, await behavior(request, context))

        return grpc.unary_unary_rpc_method_handler(
            injected,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _call(self, cell: Cell, context: Context) -> Call:
        said = {key: service.text_of_metadata(value) for key, value in context.invocation_metadata() or ()}
        user = said.get(service.USER_KEY) or said.get(self._replica.config.user_header_name.lower())
        attempt = max(_number(said.get(ATTEMPT_KEY)), _number(said.get(PREVIOUS_ATTEMPTS_KEY)) + 1)
        return Call(cell, user or "unknown", said.get(REQUEST_ID_KEY, "")[:LONGEST_ID], attempt)


def code_for(failure: Failure) -> grpc.StatusCode:
    """The reference demo's mapping, unless a code is named; the HTTP status itself travels in the trailers."""
    if failure.grpc_status is not None:
        return grpc.StatusCode[failure.grpc_status]
    return grpc.StatusCode.RESOURCE_EXHAUSTED if failure.status == 429 else grpc.StatusCode.INTERNAL


def changed(admitted: Admitted, response: Any) -> Any:
    changes = [change for planned in admitted.plan.changes if (change := admitted.meets(planned)) is not None]
    if not changes:
        return response
    values: Any = MessageToDict(response, preserving_proto_field_name=True)
    return ParseDict(reduce(lambda made, change: dict(change.of(made)), changes, values), type(response)())


def _number(text: str | None) -> int:
    return int(text) if text is not None and len(text) <= 4 and text.isascii() and text.isdigit() else 0
