"""The API server, spoken to in plain JSON: the official client finds the way and the credentials, and no more.

Its typed models are left out on purpose: Rollouts have none, and a view reads a dozen fields of objects with hundreds.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.rest import RESTResponse

from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.refusals import Refused, message, refusal
from platforms.kube.resources import Object
from seam.errors import PlatformFailed

_JSON = "application/json"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
FIELD_MANAGER = "faces"
# A watch is begun anew after this time, so that a connection that died in silence is noticed soon after.
_WATCH_S = 50
_REQUEST = aiohttp.ClientTimeout(total=30, sock_connect=5)
_STREAM = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=_WATCH_S + 25)
_BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)

Query = Mapping[str, str]


class Unreachable(PlatformFailed):
    """Nobody answers, or nobody who could: it may help to ask again."""


class Cluster:
    """One API server, as one user. Verbs raise Refused (a no, with its status) or Unreachable.

    `patience_s` is how long a request is repeated while nobody answers: an API server that restarts is none of a
    speaker's business. So whatever is sent from here may be sent twice: patches and deletions name their outcome.
    """

    def __init__(self, client: ApiClient, where: str, renew: Callable[[], Awaitable[ApiClient]]) -> None:
        """`renew` makes a client with fresh credentials."""
        self._client, self.where, self._renew = client, where, renew
        self._outworn: list[ApiClient] = []
        self.patience_s = 0.0

    @classmethod
    async def connect(cls, kubeconfig: Kubeconfig) -> Self:
        """Nothing is sent yet. Raises UserError for a kubeconfig that cannot be used."""
        client = await kubeconfig.client()
        return cls(client, client.configuration.host, kubeconfig.client)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        for client in (self._client, *self._outworn):
            await client.close()

    async def get(self, path: str, query: Query | None = None) -> Object:
        return _json(await self._send("GET", path, query))

    async def get_once(self, path: str) -> Object:
        """Without patience: for what may be away for good."""
        return _json(await self._once("GET", path))

    async def page(self, path: str) -> str:
        """What a pod answers through the API server's proxy. Asked once: it may be the pod that is gone."""
        return (await self._once("GET", path)).decode(errors="replace")

    async def create(self, path: str, body: Object) -> Object:
        """Sent twice if the first answer is lost: whoever makes an object so has to bear a 409 of its own making."""
        return _json(await self._send("POST", path, body=body))

    async def patch(self, path: str, body: Any, kind: str = MERGE, query: Query | None = None) -> Object:
        """`kind`: MERGE, JSON_PATCH, or APPLY (server-side)."""
        named = {"fieldManager": FIELD_MANAGER, **(query or {})}
        return _json(await self._send("PATCH", path, named, body, kind))

    async def delete(self, path: str, propagation: str = "Background") -> None:
        """Ask for its end; it may take its time. One that is gone already is no error."""
        try:
            await self._send("DELETE", path, {"propagationPolicy": propagation})
        except Refused as refused:
            if refused.status != 404:
                raise

    async def watch(self, path: str, version: str, query: Query | None = None) -> AsyncGenerator[Object]:
        """The changes ({type, object}) since a resource version, until the server ends the stream."""
        asked = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true", **(query or {})}
        asked["timeoutSeconds"] = str(_WATCH_S)
        response = await self._ask("GET", path, asked, timeout=_STREAM)
        try:
            if response.status >= 400:
                raise refusal(response.status, await response.read())
            async for line in response.response.content:
                yield _json(line)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        finally:
            _drop(response.response)

    async def _send(
        self, method: str, path: str, query: Query | None = None, body: Any = None, kind: str = _JSON
    ) -> bytes:
        loop = asyncio.get_running_loop()
        deadline, tries = loop.time() + self.patience_s, 0
        while True:
            try:
                return await self._once(method, path, query, body, kind)
            except Unreachable:
                if loop.time() >= deadline:
                    raise
            await asyncio.sleep(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)])
            tries += 1

    async def _once(
        self, method: str, path: str, query: Query | None = None, body: Any = None, kind: str = _JSON
    ) -> bytes:
        response = await self._ask(method, path, query, body, kind)
        if response.status == 401:  # tokens of cloud providers last a quarter of an hour
            await response.read()
            self._outworn.append(self._client)
            self._client = await self._renew()
            response = await self._ask(method, path, query, body, kind)
        try:
            answer: bytes = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        if response.status == 429 or response.status >= 500:
            raise Unreachable(f"The cluster at {self.where} cannot do it now: {message(answer)}.")
        if response.status >= 400:
            raise refusal(response.status, answer)
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Any = None,
        kind: str = _JSON,
        timeout: aiohttp.ClientTimeout = _REQUEST,  # noqa: ASYNC109 - aiohttp's own, of connecting and reading apart
    ) -> RESTResponse:
        call = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": _JSON, "Content-Type": kind},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            return await self._client.call_api(*call, _request_timeout=timeout)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(f"The cluster at {self.where} does not answer: {str(error) or type(error).__name__}.")


def _drop(response: aiohttp.ClientResponse) -> None:
    """Without TLS' goodbye, which a busy server may answer when nobody is left here to hear it."""
    if response.connection is not None and response.connection.transport is not None:
        response.connection.transport.abort()
    response.close()


def _json(text: bytes) -> Object:
    """Raises Unreachable for what is not JSON: a proxy in between answered, not the API server."""
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise Unreachable(f"An answer that is no JSON came from the cluster: {text[:80]!r}.") from error
    return dict(answer)
