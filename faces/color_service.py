"""ColorService of color.proto, typed: what protoc's plugin would generate, without its generated code.

Client and server take the methods' names from here. The service has no package, as in the reference demo, because a
package would be part of every request's path.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, unquote

import grpc
import grpc.aio

from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate, ColorUpdateResponse
from faces.faults import Cell

SERVICE = "ColorService"
METHODS: dict[Cell, str] = {"center": "Center", "edge": "Edge"}
CELLS: dict[str, Cell] = {f"/{SERVICE}/{method}": cell for cell, method in METHODS.items()}

USER_KEY = "x-faces-user"
VERSION_KEY = "x-faces-version"
POD_KEY = "x-faces-pod"
STATUS_KEY = "x-faces-status"
# The metadata of an answer that announces which trailers follow, as HTTP asks for and gRPC does not by itself: a proxy
# may look for the status only where it was announced (Traefik 3 counts all others as unknown).
ANNOUNCEMENT = (("trailer", f"grpc-status, grpc-message, {VERSION_KEY}, {POD_KEY}, {STATUS_KEY}"),)

Context = grpc.aio.ServicerContext[ColorRequest, ColorResponse]
UpdateContext = grpc.aio.ServicerContext[ColorUpdate, ColorUpdateResponse]
AskCell = grpc.aio.UnaryUnaryMultiCallable[ColorRequest, ColorResponse]
Answer = Callable[[ColorRequest, Context], Awaitable[ColorResponse]]
Update = Callable[[ColorUpdate, UpdateContext], Awaitable[ColorUpdateResponse]]


def handlers(cells: Mapping[Cell, Answer], update: Update) -> grpc.GenericRpcHandler:
    methods = {
        METHODS[cell]: grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=ColorRequest.FromString,
            response_serializer=ColorResponse.SerializeToString,
        )
        for cell, answer in cells.items()
    }
    updating = grpc.unary_unary_rpc_method_handler(
        update,
        request_deserializer=ColorUpdate.FromString,
        response_serializer=ColorUpdateResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(SERVICE, {**methods, "UpdateColor": updating})


def stub(channel: grpc.aio.Channel, cell: Cell) -> AskCell:
    return channel.unary_unary(
        f"/{SERVICE}/{METHODS[cell]}",
        request_serializer=ColorRequest.SerializeToString,
        response_deserializer=ColorResponse.FromString,
    )


def metadata_text(text: str) -> str:
    """Text as metadata may carry it: printable ASCII as it is, the rest percent-encoded like grpc-message."""
    return quote(text, safe="".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%"))


def text_of_metadata(value: str | bytes) -> str:
    return unquote(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)
