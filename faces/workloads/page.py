"""The page: index.html with this replica's configuration in it, and the files that it asks for below its address."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from faces.answering import REPLICA, readable, user_of
from faces.config import Config
from faces.tiles import Grid
from faces.workloads.stream import grid_of

PLACEHOLDER = "%%{config}"
# Where the page is, without the slash at the end.
MOUNTS = ("", "/faces")
_STATIC = tuple(f"{mount}/static/" for mount in MOUNTS)


def add_page(app: web.Application) -> None:
    folder = app[REPLICA].config.page_folder
    for mount, static in zip(MOUNTS, _STATIC, strict=True):
        app.router.add_get(f"{mount}/", _index)
        if folder.is_dir():
            # aiohttp's own: resolves the path and refuses what is outside, answers 304 by ETag and by date.
            app.router.add_static(static, folder)
    app.router.add_get("/faces", _to_slash)
    app.on_response_prepare.append(_revalidated)


def page_config(config: Config, grid: Grid, user: str, user_agent: str) -> dict[str, Any]:
    return {
        "user": user,
        "userHeader": config.user_header_name,
        "userAgent": user_agent,
        "numRows": grid.rows,
        "numCols": grid.columns,
        "edgeSize": grid.edge_size,
        "startActive": config.start_active,
        "hideKey": config.hide_key,
        "showPods": config.show_pods,
        "color": config.color,
        "version": config.version,
    }


def script_safe(values: Mapping[str, Any]) -> str:
    """JSON that may stand inside a script element: a header of a visitor cannot end it."""
    text = json.dumps(values)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


async def _index(request: web.Request) -> web.Response:
    config = request.app[REPLICA].config
    template = _template(config)
    if template is None:
        raise web.HTTPNotFound(reason="the page is not part of this installation")
    user_agent = readable(request.headers.get(hdrs.USER_AGENT, "")) or "unknown"
    values = script_safe(page_config(config, grid_of(request), user_of(request), user_agent))
    return web.Response(
        text=template.replace(PLACEHOLDER, values),
        content_type="text/html",
        headers={hdrs.CACHE_CONTROL: "no-store"},  # the page says who asked for it
    )


def _template(config: Config) -> str | None:
    # Read at each request: it is small, and whoever works on the page sees changes at once.
    try:
        return (config.page_folder / "index.html").read_text("utf-8")
    except OSError:
        return None


async def _to_slash(request: web.Request) -> web.Response:
    del request
    raise web.HTTPFound("faces/")  # relative: whoever asked may know this place under a prefix


async def _revalidated(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(_STATIC):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
