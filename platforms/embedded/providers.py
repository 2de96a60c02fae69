"""The providers of metrics, asked over HTTP. What is asked and what an answer means is `rollouts.providers`'s.

A condition may have loops, and loops in loops: it is evaluated beside the event loop, which has the whole run to keep
going. A thread that never comes to an end does not hold up the end of the process either.
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from rollouts import providers
from rollouts.analysis import Metric, Outcome
from rollouts.providers import HttpRequest, HttpResponse, Unreachable

T = TypeVar("T")
_LONGEST = 16 << 20


async def outcome_of(
    metric: Metric, session: aiohttp.ClientSession, prometheus: str, hosts: Mapping[str, str]
) -> Outcome:
    """Measure it. `prometheus` and `hosts`: see Analyses."""
    request = providers.request(metric, prometheus_address=prometheus)
    if isinstance(request, Outcome):
        return request
    answer = await _sent(request, session, _resolved(request.url, hosts))
    return await _beside_the_loop(partial(providers.interpret, metric, answer, prometheus_address=prometheus))


async def _sent(request: HttpRequest, session: aiohttp.ClientSession, url: str) -> HttpResponse | Unreachable:
    try:
        async with session.request(
            request.method,
            url,
            params=request.params,
            headers=request.headers,
            data=request.body,
            ssl=False if request.insecure else await asyncio.to_thread(_certificates),
            timeout=aiohttp.ClientTimeout(total=request.timeout),
        ) as answer:
            return HttpResponse(answer.status, await _body(answer))
    except TimeoutError:
        return Unreachable(f"no answer within {request.timeout:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Unreachable(str(error) or type(error).__name__)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """The system's, which aiohttp was kept from reading (importing.py)."""
    return ssl.create_default_context()


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _LONGEST:
            raise ValueError(f"the answer is longer than {_LONGEST >> 20} MiB")
    return bytes(body)


async def _beside_the_loop(work: Callable[[], T]) -> T:
    """Like asyncio.to_thread, but in a daemon thread: the end of the process does not wait for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(cast("T", result))

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - it is raised where it is awaited
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(finish, result, error)

    threading.Thread(target=run, name="condition", daemon=True).start()
    return await done


def _resolved(url: str, hosts: Mapping[str, str]) -> str:
    """The names that the cluster's DNS would know, on loopback."""
    parts = urlsplit(url)
    address = hosts.get(parts.hostname or "")
    return url if address is None else urlunsplit(parts._replace(netloc=address))
