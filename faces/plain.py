"""An application without a router: one handler, which looks at the path itself, below the same middlewares.

aiohttp's own application finds the handler of a request among patterns, and sets up for each request what only
applications within applications need. For an answer of a few bytes that is a quarter of the CPU.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Middleware

PlainHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class PlainApp:
    """The first middleware is the outermost one, as in aiohttp's own application."""

    handler: PlainHandler
    middlewares: list[Middleware]

    def server(self, **options: Any) -> web.Server:
        """Aiohttp's low-level server, with its options. Needs a running event loop."""
        wrapped = reduce(_within, reversed(self.middlewares), self.handler)
        return web.Server(wrapped, access_log=None, **options)


def _within(handler: PlainHandler, middleware: Middleware) -> PlainHandler:
    return cast("PlainHandler", partial(middleware, handler=handler))
