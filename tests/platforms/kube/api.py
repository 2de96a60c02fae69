"""A small API server: lists, watches, patches with optimistic locking, reviews, discovery. One process, no storage."""

import asyncio
import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Document = dict[str, Any]
Answer = web.StreamResponse | None

_OBJECT = re.compile(
    r"^(?P<root>/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>.+))?$"
)
KINDS = {
    "/api/v1": ["configmaps ConfigMap", "secrets Secret", "services Service", "pods Pod", "events Event"],
    "/apis/apps/v1": ["deployments Deployment", "replicasets ReplicaSet"],
    "/apis/argoproj.io/v1alpha1": [
        "rollouts Rollout",
        "analysisruns AnalysisRun",
        "analysistemplates AnalysisTemplate",
        "clusteranalysistemplates ClusterAnalysisTemplate",
    ],
    "/apis/traefik.io/v1alpha1": ["traefikservices TraefikService"],
    "/apis/rbac.authorization.k8s.io/v1": ["clusterroles ClusterRole"],
}


@dataclass
class FakeApi:
    """`objects` by path; `asked` is every request; `answer` may answer one in the server's stead."""

    objects: dict[str, Document] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answer: Callable[[web.Request], Answer] = lambda _: None
    denied: set[str] = field(default_factory=set)
    version: Document = field(default_factory=lambda: {"major": "1", "minor": "35", "gitVersion": "v1.35.4"})
    schema: str = '{"consecutiveSuccessLimit": {}}'
    pages: dict[str, str] = field(default_factory=dict)
    port: int = 0
    # A controller: it is shown each object that was changed through the API.
    changed: Callable[[str, Document], None] = lambda *_: None

    def __post_init__(self) -> None:
        self._log: list[tuple[int, str, str, Document]] = []
        self._oldest, self._number = 0, 100
        self._news = asyncio.Event()
        self._streams: set[web.StreamResponse] = set()
        self._held, self._released = "", asyncio.Event()
        self._runner: web.AppRunner | None = None

    # --- its life ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.drop_watches()
        if self._runner is not None:
            await self._runner.cleanup()

    def drop_watches(self) -> None:
        """As a network does: without a last chunk."""
        for stream in tuple(self._streams):
            assert stream._req is not None
            if stream._req.transport is not None:
                stream._req.transport.abort()

    def hold(self, collection: str) -> None:
        """Deliver no more changes to the watches of paths that end so, until `release`."""
        self._held, self._released = collection, asyncio.Event()

    def release(self) -> None:
        self._held = ""
        self._released.set()

    def forget(self) -> None:
        """The past, as etcd's compaction does: who asks for it gets 410."""
        self._log.clear()
        self._oldest = self._number + 1

    # --- its objects ------------------------------------------------------------------------------------------

    def put(self, path: str, one: Document) -> Document:
        """Somebody else made or changed an object."""
        kind = "MODIFIED" if path in self.objects else "ADDED"
        self._number += 1
        one = copy.deepcopy(one)
        metadata = one.setdefault("metadata", {})
        metadata["resourceVersion"] = str(self._number)
        metadata.setdefault("uid", f"uid-of-{path}")
        metadata.setdefault("name", path.rsplit("/", 1)[1])
        self.objects[path] = one
        self._record(kind, path, one)
        return one

    def remove(self, path: str) -> None:
        self._number += 1
        one = self.objects.pop(path)
        one["metadata"]["resourceVersion"] = str(self._number)
        self._record("DELETED", path, one)

    def _record(self, kind: str, path: str, one: Document) -> None:
        self._log.append((self._number, kind, path, copy.deepcopy(one)))
        self._news.set()
        self._news = asyncio.Event()

    # --- its answers ------------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        answered = self.answer(request)
        if answered is not None:
            return answered
        fixed = self._fixed(request.path)
        if fixed is not None:
            return fixed
        if request.path.endswith("reviews"):
            return web.json_response(self._review(await request.json()))
        found = _OBJECT.match(request.path)
        return status(404, "404 page not found") if found is None else await self._on_object(request, found)

    def _fixed(self, path: str) -> web.Response | None:
        """What is no object."""
        if path.startswith("/openapi/") or path in self.pages:
            return web.Response(text=self.pages.get(path, self.schema))
        if path == "/version":
            return web.json_response(self.version)
        if path == "/apis":
            groups = [root.removeprefix("/apis/") for root in KINDS if root != "/api/v1"]
            return web.json_response({"groups": [{"preferredVersion": {"groupVersion": group}} for group in groups]})
        return web.json_response(_discovery(path)) if path in KINDS else None

    def _review(self, review: Document) -> Document:
        attributes = review.get("spec", {}).get("resourceAttributes")
        if attributes is None:
            return {"status": {"userInfo": {"username": "jane"}}}
        title = "/".join(filter(None, (attributes["resource"], attributes["subresource"])))
        return {"status": {"allowed": f"{attributes['verb']} {title}" not in self.denied}}

    async def _on_object(self, request: web.Request, found: re.Match[str]) -> web.StreamResponse:
        path, name = request.path, found["name"]
        if request.method == "GET" and name is None:
            if "watch" in request.query:
                return await self._watch(request)
            items = [one for key, one in self.objects.items() if _matches(key, one, request)]
            return web.json_response({"metadata": {"resourceVersion": str(self._number)}, "items": items})
        if request.method == "POST":
            return await self._create(request)
        if found["sub"] == "status":
            path = path.removesuffix("/status")
        live = self.objects.get(path)
        if request.method == "PATCH":
            return await self._patch(request, path, live, found["sub"])
        if live is None:
            return status(404, f'{found["plural"]} "{name}" not found')
        if request.method == "DELETE":
            self._delete(path, live)
        return web.json_response(live)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        one = await request.json()
        path = f"{request.path}/{one['metadata']['name']}"
        if path in self.objects:
            return status(409, f"{path} already exists")
        return web.json_response(self.put(path, one), status=201)

    def _delete(self, path: str, live: Document) -> None:
        if not live["metadata"].get("finalizers"):
            self.remove(path)
        elif "deletionTimestamp" not in live["metadata"]:
            live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            self.put(path, live)

    async def _patch(
        self, request: web.Request, path: str, live: Document | None, sub: str | None
    ) -> web.StreamResponse:
        patch, kind = await request.json(), request.content_type
        if live is None and kind != "application/apply-patch+yaml":
            return status(404, f"{path} not found")
        before: Document = copy.deepcopy(live) if live is not None else {"metadata": {"generation": 0}}
        after = _json_patched(before, patch) if isinstance(patch, list) else _merged(before, patch)
        if live is not None and after["metadata"].get("resourceVersion") != live["metadata"]["resourceVersion"]:
            return status(409, f"{path}: the object has been modified; please apply your changes to the latest version")
        if sub != "status" and after.get("spec") != before.get("spec"):
            after["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1
        put = self.put(path, after)
        self.changed(path, put)
        return web.json_response(put)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query["resourceVersion"])
        stream = web.StreamResponse()
        await stream.prepare(request)
        if since < self._oldest:
            gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
            await stream.write(_line("ERROR", gone))
            return stream
        self._streams.add(stream)
        try:
            while True:
                if self._held and request.path.endswith(self._held):
                    await self._released.wait()
                news = self._news
                for number, kind, path, one in tuple(self._log):
                    if number > since and _matches(path, one, request):
                        await stream.write(_line(kind, one))
                since = max(since, self._number)
                await stream.write(_line("BOOKMARK", {"metadata": {"resourceVersion": str(since)}}))
                await news.wait()
        except ConnectionError:  # the listener is gone
            return stream
        finally:
            self._streams.discard(stream)


def status(code: int, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "message": message}, status=code)


def _line(kind: str, one: Document) -> bytes:
    return json.dumps({"type": kind, "object": one}).encode() + b"\n"


def _matches(path: str, one: Document, request: web.Request) -> bool:
    """Of this collection, or of it in any namespace, and of these selectors (one equality each)."""
    collection = path.rsplit("/", 1)[0]
    if request.path not in (collection, re.sub(r"/namespaces/[^/]+", "", collection)):
        return False
    key, _, value = request.query.get("labelSelector", "").partition("=")
    field, _, wanted = request.query.get("fieldSelector", "").partition("=")
    found: Any = one
    for name in field.split(".") if field else ():
        found = found.get(name, {})
    return (not key or one["metadata"].get("labels", {}).get(key) == value) and (not field or found == wanted)


def _discovery(root: str) -> Document:
    verbs = ["create", "delete", "get", "list", "patch", "watch"]
    resources = [
        {"name": name, "kind": kind, "namespaced": not kind.startswith("Cluster"), "verbs": verbs}
        for name, kind in (entry.split() for entry in KINDS[root])
    ]
    status = {"name": "rollouts/status", "kind": "Rollout", "namespaced": True, "verbs": ["patch"]}
    return {"groupVersion": root.removeprefix("/apis/").removeprefix("/api/"), "resources": [*resources, status]}


def _merged(before: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    after = dict(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = _merged(after.get(key), value)
    return after


def _json_patched(before: Document, operations: list[Document]) -> Document:
    after = copy.deepcopy(before)
    for operation in operations:
        *way, last = operation["path"].strip("/").split("/")
        place = after
        for step in way:
            place = place[step]
        place[last] = operation["value"]
    return after
