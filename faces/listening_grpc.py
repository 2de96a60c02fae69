"""A gRPC server on one port. `listening` is its twin for HTTP."""

import asyncio
import socket
from collections.abc import Callable

import grpc.aio

from faces.addresses import Address
from faces.faults import Condition
from faces.listening import ListenError, bound_socket, refusing

GIVEN_BACK_LIMIT_S = 10.0


class GRPCListener:
    """Serves what `make` gives, anew after each time that the port has refused connections: gRPC cannot listen again.

    When it closes, calls in flight get `limit` seconds.
    """

    def __init__(self, make: Callable[[], grpc.aio.Server], *, limit: float) -> None:
        self._make, self._limit = make, limit
        self._server: grpc.aio.Server | None = None
        self._refusing: socket.socket | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._host, self._port = "", 0

    async def open(self, host: str, port: int) -> int:
        """Serve; return the port, which was chosen by the system if it was 0."""
        # gRPC prints its own complaint about a port it cannot have; ask for it in our words first.
        bound_socket(host, port).close()
        server = self._make()
        try:
            self._host, self._port = host, server.add_insecure_port(str(Address(host, port)))
        except RuntimeError as error:
            raise ListenError(f"cannot listen on {Address(host, port)} for gRPC: it is in use or not ours") from error
        await server.start()
        self._server = server
        return self._port

    async def become(self, condition: Condition) -> None:
        """Refuse connections, or take them in again. Calls in flight are answered; nothing else can be had of gRPC."""
        if condition.refuses and self._server is not None:
            # It says GOAWAY and stops listening; whoever is being answered is answered while others are refused.
            self._stopping = asyncio.ensure_future(self._server.stop(self._limit))
            self._server, self._refusing = None, await self._placeholder()
        elif not condition.refuses and self._refusing is not None:
            self._refusing.close()
            self._refusing = None
            await self.open(self._host, self._port)

    async def close(self) -> None:
        """It starts with a GOAWAY."""
        if self._refusing is not None:
            self._refusing.close()
        if self._server is not None:
            await self._server.stop(self._limit)
        if self._stopping is not None:
            await self._stopping

    async def _placeholder(self) -> socket.socket:
        """It has the port as soon as gRPC, which closes in a thread of its own, has given it back."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + GIVEN_BACK_LIMIT_S
        while True:
            try:
                return refusing(self._host, self._port)
            except OSError as error:
                if clock() > deadline:
                    raise ListenError(f"{Address(self._host, self._port)} is still in use") from error
            await asyncio.sleep(0.005)
