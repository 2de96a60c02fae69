"""`/faces/stream`: all tiles of a grid as server-sent events, in the place of one request from the browser for each.

`?grid=10x20` is a grid of 10 rows and 20 columns; without it, the one of NUM_ROWS and NUM_COLS. The first event is
`hello`, with the grid; `epoch` in the query comes back in it, for whoever passes this on and wants to say that
everything began anew.
"""

import asyncio
import json
import re
from dataclasses import replace
from functools import partial

from aiohttp import hdrs, web

from faces.answering import REPLICA, REQUEST_ID_HEADER, readable, user_of
from faces.asking import Connections
from faces.config import MOST_TILES, Config
from faces.tiles import Grid
from faces.workloads.backends import new_request_id
from faces.workloads.polling import PERIOD_S, Polling, Said, shortened

# So many different grids are asked for at a time, for so many users: somebody who wants another one is told to wait.
MOST_POLLINGS = 8
_ALIVE_S = 1.0
_GRID = re.compile(r"([1-9][0-9]?)x([1-9][0-9]?)")
_HEADERS = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store", "X-Accel-Buffering": "no"}
_Key = tuple[str, Grid]
POLLINGS: web.AppKey[dict[_Key, Polling]] = web.AppKey("pollings")


def grid_of(request: web.Request) -> Grid:
    """The grid that a request asks for, else the replica's own. Raises HTTPBadRequest for one that cannot be."""
    own = request.app[REPLICA].config.grid
    text = request.query.get("grid")
    if text is None:
        return own
    found = _GRID.fullmatch(text)
    if found is None or max(rows := int(found[1]), columns := int(found[2])) > MOST_TILES:
        raise web.HTTPBadRequest(reason=f"grid has to be ROWSxCOLUMNS, at most {MOST_TILES}x{MOST_TILES}, as 10x20")
    return replace(own, rows=rows, columns=columns)


async def stream(faces: Connections, request: web.Request) -> web.StreamResponse:
    polling = _polling(faces, request)
    with polling.reading() as events:
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        try:
            await response.write(_hello(polling.grid, request.query.get("epoch", "")))
            while not request.app[REPLICA].draining:
                await response.write(await _next(events))
        except ConnectionError:
            pass  # whoever looked has gone
    return response


async def _next(events: asyncio.Queue[bytes]) -> bytes:
    """What has happened, or after a while a line that says that all is well."""
    try:
        async with asyncio.timeout(_ALIVE_S):
            return await events.get()
    except TimeoutError:
        return b": alive\n\n"


def _hello(grid: Grid, epoch: str) -> bytes:
    said = {
        "rows": grid.rows,
        "cols": grid.columns,
        "edgeSize": grid.edge_size,
        "periodMs": round(PERIOD_S * 1000),
        "epoch": int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 10 else 0,
    }
    return f"event: hello\ndata: {json.dumps(said)}\n\n".encode()


def _polling(faces: Connections, request: web.Request) -> Polling:
    """The one of this user and this grid: another user may be treated otherwise by a fault."""
    pollings, key = request.app[POLLINGS], (user_of(request), grid_of(request))
    for other in [other for other, polling in pollings.items() if polling.idle and other != key]:
        del pollings[other]
    if key not in pollings:
        if len(pollings) >= MOST_POLLINGS:
            raise web.HTTPServiceUnavailable(reason=f"{MOST_POLLINGS} grids are being looked at; try again later")
        agent = readable(request.headers.get(hdrs.USER_AGENT, "")) or "unknown"
        asked = partial(_tile, faces, request.app[REPLICA].config, key[1], user_of(request), agent)
        pollings[key] = Polling(key[1], asked)
    return pollings[key]


async def _tile(faces: Connections, config: Config, grid: Grid, user: str, agent: str, row: int, column: int) -> Said:
    headers = {config.user_header_name: user, hdrs.USER_AGENT: agent, REQUEST_ID_HEADER: new_request_id()}
    try:
        async with asyncio.timeout(config.backend_timeout):
            answer = await faces.get(f"/{grid.cell(row, column)}/?row={row}&col={column}", headers)
    except TimeoutError:
        return _failed(504, f"{config.face_service} did not answer within {config.backend_timeout:g} s")
    except OSError as error:
        return _failed(502, f"{config.face_service} cannot be reached: {str(error) or type(error).__name__}")
    return Said(answer.status, shortened(answer.body))


def _failed(status: int, why: str) -> Said:
    return Said(status, json.dumps({"errors": [why]}))
