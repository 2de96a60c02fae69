"""The page, shown to whoever comes here: it is passed on from gui, to be looked at and no more.

What the presenter has chosen, the grid, a picture that stands still, a release that is played again, is put in on the
way; so it holds for everybody who comes here and for nobody else. Only GET is passed on, and only below /faces/. Of the
Rollouts the presenter's own platform tells.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp import hdrs, web

from presenter.stage import Stage
from seam.errors import PlatformError

_LIMIT = aiohttp.ClientTimeout(total=15, sock_connect=5)
_STREAM = aiohttp.ClientTimeout(total=None, sock_connect=5)
_KEPT_REQUEST = (hdrs.ACCEPT, hdrs.USER_AGENT, hdrs.IF_NONE_MATCH, hdrs.IF_MODIFIED_SINCE, "Last-Event-ID")
_KEPT_ANSWER = (hdrs.CONTENT_TYPE, hdrs.CACHE_CONTROL, hdrs.ETAG, hdrs.LAST_MODIFIED, "X-Content-Type-Options")
# What the page asks for below its address, and nothing else that the same server may have.
_BELOW = r"static/[A-Za-z0-9][A-Za-z0-9._-]*|face/(?:(?:center|edge)/?)?"
# A room full of phones asks for the same: one of them is enough.
_SAME_S = 0.4
_ALIVE_S = 1.0


@dataclass(slots=True)
class _Answer:
    at: float
    status: int
    headers: dict[str, str]
    body: bytes


class Passing:
    """`gui` is the address of the page, with /faces/ at its end."""

    def __init__(self, gui: str, stage: Stage, session: aiohttp.ClientSession) -> None:
        self._live, self._stage, self._shown, self._session = gui, stage, stage.shown, session
        self._rollouts: _Answer | None = None
        self._of: object = None
        self._asking = asyncio.Lock()

    @property
    def _gui(self) -> str:
        return self._shown.replay_at or self._live

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", _to_page),
            web.get("/faces", _to_page),
            web.get("/faces/", self._page),
            web.get("/faces/rollouts", self._status),
            web.get("/faces/stream", self._stream),
            web.get(f"/faces/{{rest:{_BELOW}}}", self._rest),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        return _answered(await self._asked(request, "", self._grid()))

    async def _rest(self, request: web.Request) -> web.Response:
        return _answered(await self._asked(request, request.match_info["rest"], dict(request.query)))

    async def _status(self, request: web.Request) -> web.Response:
        async with self._asking:
            known, of = self._rollouts, self._shown.epoch
            if known is None or of != self._of or (not self._shown.frozen and time.monotonic() - known.at > _SAME_S):
                replayed = self._shown.replay_at is not None  # it says itself what there was to be seen then
                known = await (self._asked(request, "rollouts", {}) if replayed else self._told())
                self._rollouts, self._of = known, of
        return _answered(known)

    async def _told(self) -> _Answer:
        try:
            told, status = await self._stage.rollouts(), 200
        except PlatformError as error:
            told, status = {"rollouts": [], "reason": f"Rollout status is unavailable: {error}"}, 503
        headers: dict[str, str] = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"}
        return _Answer(time.monotonic(), status, headers, json.dumps(told).encode())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Gui's stream of tiles, begun anew whenever the presenter changes what is shown."""
        stream = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store"})
        headers = _request_headers(request)
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):  # either side has gone
            async for status, chunk in self._chunks(headers):
                if status != 200:
                    raise web.HTTPNotFound(reason="this gui has no stream")
                if not stream.prepared:
                    await stream.prepare(request)
                await stream.write(chunk)
        if not stream.prepared:
            raise web.HTTPBadGateway(reason="gui does not answer")
        return stream

    async def _chunks(self, headers: dict[str, str]) -> AsyncIterator[tuple[int, bytes]]:
        while True:
            chosen = self._chosen()
            async with self._session.get(
                f"{self._gui}stream", params=self._grid() | {"epoch": str(chosen[1])}, headers=headers, timeout=_STREAM
            ) as answer:
                if answer.status != 200:
                    yield answer.status, b""
                    return
                async for chunk in self._until_changed(answer, chosen):
                    yield 200, chunk
            if chosen == self._chosen():
                return  # gui has ended it: whoever reads it comes again
            while self._shown.frozen:
                yield 200, b"event: held\ndata: {}\n\n"
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_ALIVE_S):
                        await self._stage.changed()

    async def _until_changed(self, answer: aiohttp.ClientResponse, chosen: object) -> AsyncIterator[bytes]:
        """Whole events alone: what comes next begins with another hello."""
        rest = b""
        async for chunk in answer.content.iter_any():
            if self._chosen() != chosen:
                return
            whole, end, rest = (rest + chunk).rpartition(b"\n\n")
            if end:
                yield whole + end

    def _chosen(self) -> tuple[tuple[int, int] | None, int, bool]:
        return self._shown.grid, self._shown.epoch, self._shown.frozen

    def _grid(self) -> dict[str, str]:
        grid = self._shown.grid
        return {"grid": f"{grid[0]}x{grid[1]}"} if grid else {}

    async def _asked(self, request: web.Request, path: str, query: dict[str, str]) -> _Answer:
        headers = _request_headers(request)
        try:
            async with self._session.get(
                f"{self._gui}{path}", params=query, headers=headers, timeout=_LIMIT, allow_redirects=False
            ) as answer:
                kept = {name: answer.headers[name] for name in _KEPT_ANSWER if name in answer.headers}
                kept |= {name: text for name, text in answer.headers.items() if name.lower().startswith("x-faces-")}
                return _Answer(time.monotonic(), answer.status, kept, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise web.HTTPBadGateway(reason=f"gui does not answer: {type(error).__name__}") from error


def _answered(answer: _Answer) -> web.Response:
    return web.Response(body=answer.body, status=answer.status, headers=answer.headers)


def _request_headers(request: web.Request) -> dict[str, str]:
    kept = {name: request.headers[name] for name in _KEPT_REQUEST if name in request.headers}
    return kept | {name: text for name, text in request.headers.items() if name.lower().startswith("x-faces-")}


async def _to_page(request: web.Request) -> web.Response:
    del request
    raise web.HTTPFound("/faces/")
