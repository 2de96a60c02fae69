"""How face asks its backends. Each always answers: whatever goes wrong becomes an answer with a status and a problem.

All calls share a service's connections, or one gRPC channel. An answer after the time limit counts as none: 504.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import grpc
import grpc.aio

from faces import color_service
from faces.addresses import Address, Detours
from faces.answering import REQUEST_ID_HEADER
from faces.asking import Connections
from faces.color_pb2 import ColorRequest, ColorResponse
from faces.faults import Cell
from faces.tiles import BackendAnswer, TileRequest

Ask = Callable[[TileRequest], Awaitable[BackendAnswer]]

STATUS_OF_CODE = {
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
}
# A server that stops says GOAWAY, and resets calls that cross it on the wire: they reached no handler, so they
# may be asked again, elsewhere. No other status is repeated; a repeated failure would be a hidden one.
RETRY_CROSSED = {
    "name": [{"service": color_service.SERVICE}],
    "retryPolicy": {
        "maxAttempts": 3,
        "initialBackoff": "0.02s",
        "maxBackoff": "0.1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["CANCELLED"],
    },
}
# gRPC's own first pause is a second, and it grows to two minutes: too long for a rollout of a minute.
CHANNEL_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config", json.dumps({"methodConfig": [RETRY_CROSSED]})),
)


def new_request_id() -> str:
    """Each request has its own, which whoever repeats it keeps: by that its attempts are known as one request's."""
    return os.urandom(16).hex()


def make_channel(service: Address, detours: Detours) -> grpc.aio.Channel:
    options = (*CHANNEL_OPTIONS, ("grpc.default_authority", service.authority))
    return grpc.aio.insecure_channel(str(detours.get(service, service)), options=options)


class SmileyBackend:
    def __init__(self, connections: Connections, service: Address, *, timeout: float, user_header: str) -> None:
        self._connections = connections
        self._service = service
        self._timeout = timeout
        self._user_header = user_header

    async def ask(self, tile: TileRequest) -> BackendAnswer:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._asked(tile)
        except TimeoutError:
            return BackendAnswer(504, problem=f"{self._service} did not answer within {self._timeout:g} s")
        except OSError as error:
            return BackendAnswer(
                503, problem=f"{self._service} cannot be reached: {str(error) or type(error).__name__}"
            )

    async def _asked(self, tile: TileRequest) -> BackendAnswer:
        headers = {
            "User-Agent": tile.user_agent,
            REQUEST_ID_HEADER: new_request_id(),
            self._user_header: tile.user,
        }
        answer = await self._connections.get(f"/{tile.cell}/?row={tile.row}&col={tile.column}", headers)
        said = answer.headers.get
        return read_smiley(answer.status, answer.body, said("X-Faces-Version"), said("X-Faces-Pod"))


def read_smiley(status: int, body: bytes, version: str | None, pod: str | None) -> BackendAnswer:
    """An answer with status 200 and without a smiley is a failed one."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    fields: dict[str, Any] = document if isinstance(document, dict) else {}
    smiley = fields.get("smiley")
    if status == 200 and isinstance(smiley, str) and smiley:
        return BackendAnswer(200, value=smiley, version=version, pod=pod)
    if status == 200:
        return BackendAnswer(502, problem="status 200 without a smiley", version=version, pod=pod)
    errors = fields.get("errors")
    said = ", ".join(map(str, errors)) if isinstance(errors, list) else body[:200].decode("utf-8", "replace")
    return BackendAnswer(status, problem=f"status {status}: {said}", version=version, pod=pod)


class ColorBackend:
    def __init__(self, channel: grpc.aio.Channel, service: Address, *, timeout: float) -> None:
        self._service = service
        self._timeout = timeout
        self._stubs = {cell: color_service.stub(channel, cell) for cell in color_service.METHODS}

    async def ask(self, tile: TileRequest) -> BackendAnswer:
        call = self._call(tile.cell, tile)
        try:
            response = await call
        except grpc.aio.AioRpcError as error:
            return self._failed(error)
        trailers = _texts(await call.trailing_metadata())
        status = _status(trailers, 200)
        if status != 200 or not response.color:
            status = 502 if status == 200 else status
            return _answer(status, trailers, problem=f"status {status} without a color")
        return _answer(200, trailers, value=response.color)

    def _call(self, cell: Cell, tile: TileRequest) -> grpc.aio.UnaryUnaryCall[ColorRequest, ColorResponse]:
        return self._stubs[cell](
            ColorRequest(row=tile.row, column=tile.column),
            timeout=self._timeout,
            metadata=(
                (color_service.USER_KEY, color_service.metadata_text(tile.user)),
                (REQUEST_ID_HEADER.lower(), new_request_id()),
            ),
        )

    def _failed(self, error: grpc.aio.AioRpcError) -> BackendAnswer:
        trailers = _texts(error.trailing_metadata())
        status = _status(trailers, STATUS_OF_CODE.get(error.code(), 500))
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            problem = f"{self._service} did not answer within {self._timeout:g} s"
        else:
            problem = f"status {status}: {error.details()}"
        return _answer(status, trailers, problem=problem)


def _answer(status: int, trailers: dict[str, str], *, value: str = "", problem: str = "") -> BackendAnswer:
    version, pod = trailers.get(color_service.VERSION_KEY), trailers.get(color_service.POD_KEY)
    return BackendAnswer(status, value=value, problem=problem, version=version, pod=pod)


def _texts(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, str]:
    return {key: value for key, value in metadata or () if isinstance(value, str)}


def _status(trailers: dict[str, str], otherwise: int) -> int:
    """The status that color itself put in the trailers, if any: INTERNAL may be a 500 as well as a 504."""
    text = trailers.get(color_service.STATUS_KEY, "")
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else otherwise
