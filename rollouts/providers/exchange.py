"""The two sides of asking a provider: what the shell is to send, and what came back of it."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE: Mapping[str, str] = MappingProxyType({})
_PASSWORD = re.compile(r"(//[^/@:]*):[^/@]*@")


class HttpRequest(Value, frozen=True):
    """`params` go into the query of the URL; `timeout` is in seconds and for the whole exchange; redirects are
    followed.
    """

    method: str
    url: str
    params: Mapping[str, str] = _NONE
    headers: Mapping[str, str] = _NONE
    body: bytes | None = None
    timeout: float = 30.0
    insecure: bool = False  # do not verify the certificate

    def __repr__(self) -> str:
        """Without the parts that may hold secrets."""
        return f"HttpRequest({self.method!r}, {_printable(self.url)!r}, timeout={self.timeout:g})"


class HttpResponse(Value, frozen=True):
    status: int
    body: bytes


class Unreachable(Value, frozen=True):
    """There was no response: refused, reset, no such host, or too late. `message` says which."""

    message: str


Response: TypeAlias = HttpResponse | Unreachable


def failure_text(request: HttpRequest, message: str) -> str:
    """The words of Go's HTTP client: `Get "http://host/path": connection refused`."""
    return f'{request.method.capitalize()} "{_printable(request.url)}": {message}'


def address_problem(url: str) -> str | None:
    """Why a URL cannot be asked, in the words of Go's HTTP client."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https"}:
        return f'unsupported protocol scheme "{parts.scheme}"'
    return None if parts.netloc else "http: no Host in request URL"


def _printable(url: str) -> str:
    """A password in a URL is not for logs."""
    return _PASSWORD.sub(r"\1:***@", url)
