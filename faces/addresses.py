"""Where things are: host and port, and the detours that CONNECT_TO asks for.

A detour changes whom we connect to and nothing else: Host and :authority keep the name, so a proxy that
listens on one port for all services still knows which one is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @classmethod
    def parse(cls, text: str, default_port: int | None = None) -> Self:
        """Read "host", "host:port", "[::1]:port" or a bare IPv6 address; raise ValueError with a sentence."""
        host, port = _split(text)
        if not host or any(character in text for character in "/ @?#=,"):
            raise ValueError(f"{text!r} is not a host and port; write it as smiley:80")
        if not port and default_port is not None:
            return cls(host, default_port)
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"{text!r} needs a port from 1 to 65535 after the host; write it as smiley:80")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self._bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """What stands in a Host header: without the port when it is HTTP's own."""
        return self._bracketed if self.port == 80 else str(self)

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


Detours = Mapping[Address, Address]


def parse_detours(text: str) -> Detours:
    """Read "smiley:80=127.0.0.1:21000,color:80=127.0.0.1:21000"; raise ValueError with a sentence."""
    detours: dict[Address, Address] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, real = entry.partition("=")
        if not equals:
            raise ValueError(f"{entry!r} has no '='; write it as smiley:80=127.0.0.1:21000")
        if detours.setdefault(Address.parse(name), Address.parse(real)) != Address.parse(real):
            raise ValueError(f"{name} is sent to two places; keep one of them")
    return detours


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":")
    if text.count(":") > 1:
        return text, ""
    host, _, port = text.partition(":")
    return host, port
