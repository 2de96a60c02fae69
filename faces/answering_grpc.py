"""Answering over gRPC: what every answer of color has. `answering` is its twin for HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

import grpc
import grpc.aio

from faces import color_service as service
from faces.answering import CLIENT_GONE, DEFECT
from faces.replica import Replica

Context = grpc.aio.ServicerContext[Any, Any]
Behavior = Callable[[Any, Context], Awaitable[Any]]
Method: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic for type checkers alone
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Awaitable[Method | None]]"


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """What a handler raises in order to answer with a status other than 200, which is HTTP's; `code` is gRPC's."""

    def __init__(self, status: int, message: str, code: grpc.StatusCode) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


class Answering(grpc.aio.ServerInterceptor):
    """Counts every call, says in the trailers who answered and how, and answers what a handler raises.

    A refusal (Refused) is answered as it says. Anything else is a defect: the replica is told, which logs it and lets
    tests see it, and the client gets INTERNAL with status 500.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Method:
        handler = await continuation(handler_call_details)
        if handler is None:  # no such method: gRPC itself says UNIMPLEMENTED
            return cast("Method", handler)
        behavior, path = cast("Behavior", handler.unary_unary), handler_call_details.method

        async def answered(request: Any, context: Context) -> Any:
            return await self._answered(path, behavior, request, context)

        return grpc.unary_unary_rpc_method_handler(
            answered,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    async def _answered(self, path: str, behavior: Behavior, request: Any, context: Context) -> Any:
        since, status = self._replica.clock(), CLIENT_GONE
        response, refused = None, None
        try:
            response = await behavior(request, context)
            status = 200
        except Refused as error:
            refused, status = error, error.status
        except Exception as defect:  # noqa: BLE001 - the last resort: reported, and answered like everything else
            self._replica.report_defect(path, defect)
            refused, status = Refused(500, DEFECT, grpc.StatusCode.INTERNAL), 500
        finally:
            self._replica.answered(path, status, since)
        trailers = self._trailers(status)
        if refused is not None:
            await context.abort(refused.code, refused.message, trailing_metadata=trailers)
        await context.send_initial_metadata(service.ANNOUNCEMENT)
        context.set_trailing_metadata(trailers)
        return response

    def _trailers(self, status: int) -> tuple[tuple[str, str], ...]:
        config = self._replica.config
        return (
            (service.VERSION_KEY, config.version),
            (service.POD_KEY, config.pod),
            (service.STATUS_KEY, str(status)),
        )
