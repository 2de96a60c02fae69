"""Where the room comes in: `--listen`, read, and the address that goes into the QR code."""

import socket
from dataclasses import dataclass

PORT = 8081
EVERYWHERE = ("0.0.0.0", "::")
# Of a block kept for documentation: nobody is there, and nothing is sent; it is asked which way one would go.
_ELSEWHERE = ("192.0.2.1", 9)


@dataclass(frozen=True, slots=True)
class Listen:
    host: str
    port: int = PORT


def read_listen(text: str) -> Listen:
    """`0.0.0.0`, `192.168.1.5:8081`, `[::]:8081`, `:8081`. ValueError with a sentence."""
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, ""
    bare = host.removeprefix("[").removesuffix("]") or EVERYWHERE[0]
    if ":" in bare and not host.startswith("["):
        raise ValueError(f"{text!r} is not clear: write an IPv6 address in brackets, as [::1]:{PORT}")
    if any(character in bare for character in "/ @?#"):
        raise ValueError(f"{text!r} is not an address to listen at; write it as 0.0.0.0:{PORT}")
    if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError(f"{text!r} needs a port from 0 to 65535 after the colon; write it as 0.0.0.0:{PORT}")
    return Listen(bare, int(port) if port else PORT)


def room_address(host: str, port: int) -> str:
    """What to type in the room: this machine's own address where it listens on all of them."""
    own = _own_address() if host in EVERYWHERE else host
    return f"http://{f'[{own}]' if ':' in own else own}:{port}/faces/"


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
