"""The API server, in plain JSON: the official client only finds the address and the credentials.

Its typed models are left out on purpose: Rollouts have none, and a view reads a dozen fields of objects with hundreds.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.rest import RESTResponse

from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.log import log
from platforms.kube.refusals import Refused, message, refusal
from platforms.kube.resources import Object
from platforms.kube.retrying import REQUEST_BACKOFF_S, retry_after_s, wait_s
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

Query = Mapping[str, str]


class Unreachable(PlatformFailed):
    """No API server answered, or one that cannot serve the request now. It may help to ask again.

    `retry_after_s` is how long the server asks to wait before that.
    """

    def __init__(self, sentence: str, retry_after_s: float = 0.0) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(sentence)


class Cluster:
    """One API server, as one user. Verbs raise Refused (a no, with its status) or Unreachable.

    `patience_s` is how long a request is repeated while nobody answers, so that a speaker does not notice an API server
    that restarts. So any request may be sent twice: patches and deletions name the state that they want.
    """

    def __init__(self, client: ApiClient, where: str, renew: Callable[[], Awaitable[ApiClient]]) -> None:
        """`renew` makes a client with fresh credentials."""
        self._client, self.where, self._renew = client, where, renew
        self._renewing = asyncio.Lock()
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

    async def find(self, path: str) -> Object | None:
        """The object, or None if it does not exist."""
        try:
            return await self.get(path)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    async def get_once(self, path: str) -> Object:
        """Asked once: for an API group that may be out of order for good."""
        return _json(await self._once("GET", path))

    async def page(self, path: str, query: Query | None = None) -> str:
        """What a pod answers through the API server's proxy. Asked once: the pod may be the one that is gone."""
        return (await self._once("GET", path, query)).decode(errors="replace")

    async def date(self) -> str:
        """The header Date of an answer: the API server's clock, in whole seconds. Empty: it says none. Asked once."""
        response = await self._accepted("GET", "/version", None)
        try:
            await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        return response.headers.get("Date") or ""

    @property
    def certificate_file(self) -> str | None:
        """The user's own certificate, as a file; None: the user is known by something else."""
        file: str | None = self._client.configuration.cert_file
        return file

    async def create(self, path: str, body: Object) -> Object:
        """May be sent twice: treat 409 as possible success."""
        return _json(await self._send("POST", path, body=body))

    async def patch(self, path: str, body: Any, kind: str = MERGE, query: Query | None = None) -> Object:
        """`kind`: MERGE, JSON_PATCH, or APPLY (server-side)."""
        named = {"fieldManager": FIELD_MANAGER, **(query or {})}
        return _json(await self._send("PATCH", path, named, body, kind))

    async def delete(self, path: str, propagation: str = "Background") -> None:
        """Ask for its deletion, which may take a while. An object that does not exist is no error."""
        try:
            await self._send("DELETE", path, {"propagationPolicy": propagation})
        except Refused as refused:
            if refused.status != 404:
                raise

    async def watch(self, path: str, version: str, query: Query | None = None) -> AsyncGenerator[Object]:
        """The changes ({type, object}) since a resource version, until the server ends the stream."""
        asked = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true", **(query or {})}
        asked["timeoutSeconds"] = str(_WATCH_S)
        response = await self._accepted("GET", path, asked, timeout=_STREAM)
        try:
            if response.status >= 400:
                raise self._error(response, await response.read())
            async for line in response.response.content:
                yield _json(line)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        finally:
            _drop(response.response)

    async def _send(
        self, method: str, path: str, query: Query | None = None, body: Any = None, kind: str = _JSON
    ) -> bytes:
        """Ask until there is an answer, as long as `patience_s` lasts and the server lets us ask again in that time."""
        loop = asyncio.get_running_loop()
        deadline, tries = loop.time() + self.patience_s, 0
        while True:
            try:
                return await self._once(method, path, query, body, kind)
            except Unreachable as error:
                now, wait = loop.time(), wait_s(REQUEST_BACKOFF_S, tries, error.retry_after_s)
                if now >= deadline or now + error.retry_after_s > deadline:
                    raise
                log.info("request retried", method=method, path=path, after_s=wait, error=str(error))
            await asyncio.sleep(wait)
            tries += 1

    async def _once(
        self, method: str, path: str, query: Query | None = None, body: Any = None, kind: str = _JSON
    ) -> bytes:
        response = await self._accepted(method, path, query, body, kind)
        try:
            answer: bytes = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        if response.status >= 400:
            raise self._error(response, answer)
        return answer

    async def _accepted(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Any = None,
        kind: str = _JSON,
        timeout: aiohttp.ClientTimeout = _REQUEST,  # noqa: ASYNC109 - aiohttp's own, of connecting and reading apart
    ) -> RESTResponse:
        """An answer to credentials that the server takes: tokens of cloud providers last a quarter of an hour."""
        client = self._client
        response = await self._ask(client, method, path, query, body, kind, timeout)
        if response.status == 401:
            await response.read()
            await self._renew_unless_done(client)
            response = await self._ask(self._client, method, path, query, body, kind, timeout)
        return response

    async def _renew_unless_done(self, refused: ApiClient) -> None:
        """Fresh credentials, fetched once for all the requests that were refused with the same ones."""
        async with self._renewing:
            if self._client is refused:
                log.info("credentials renewed", cluster=self.where)
                self._client = await self._renew()
                self._outworn.append(refused)

    async def _ask(
        self,
        client: ApiClient,
        method: str,
        path: str,
        query: Query | None,
        body: Any,
        kind: str,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> RESTResponse:
        call = await client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": _JSON, "Content-Type": kind},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            return await client.call_api(*call, _request_timeout=timeout)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    def _error(self, response: RESTResponse, answer: bytes) -> Refused | Unreachable:
        """What a status of 400 or more means."""
        if response.status != 429 and response.status < 500:
            return refusal(response.status, answer)
        after = retry_after_s(response.headers.get("Retry-After"), time.time())
        asks = f"; it asks to wait {after:.0f} s" if after else ""
        return Unreachable(f"The cluster at {self.where} cannot do it now: {message(answer)}{asks}.", after)

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(f"The cluster at {self.where} does not answer: {str(error) or type(error).__name__}.")


def _drop(response: aiohttp.ClientResponse) -> None:
    """Close without TLS' closing handshake, which a busy server may answer after our event loop has ended."""
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
