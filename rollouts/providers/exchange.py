"""The two sides of asking a provider: what the shell is to send, and what came back of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`params` go into the query of the URL; `timeout` is in seconds, for the whole exchange; redirects are followed.

    The parts that may hold secrets are not in repr().
    """

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = 30.0
    insecure: bool = False  # do not verify the certificate


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Unreachable:
    """There was no response: refused, reset, no such host, or too late. `message` says which."""

    message: str


_PASSWORD = re.compile(r"(//[^/@:]*):[^/@]*@")

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
