"""Where a replica finds the names that its manifest speaks of, as CONNECT_TO has it: a cluster's DNS for one machine.

A Service is behind the replica's own outbound side. A name that no Service has is nowhere, and that at once, as a
cluster's DNS says it: this machine's own DNS may take seconds for the same word, and is asked nothing.
"""

import ipaddress
from collections.abc import Iterable, Mapping

from faces.addresses import Address

# TCP's port 1: assigned to a protocol that nobody speaks any more, so the kernel refuses whoever connects.
NOWHERE = "127.0.0.1:1"
_ASKED = ("SMILEY_SERVICE", "COLOR_SERVICE", "FACE_SERVICE")


def detours(services: Mapping[str, int], env: Mapping[str, str], outbound: int) -> str:
    """CONNECT_TO for a replica with these variables. `services` are ports by name, `outbound` is its own side's port.

    An address of numbers, or one that the app will refuse, is left as it is.
    """
    known = {f"{name}:{port}": f"127.0.0.1:{outbound}" for name, port in services.items()}
    asked = _names(env[variable] for variable in _ASKED if variable in env)
    return ",".join(f"{name}={real}" for name, real in {**dict.fromkeys(asked, NOWHERE), **known}.items())


def _names(addresses: Iterable[str]) -> Iterable[str]:
    for text in addresses:
        try:
            address = Address.parse(text, 80)
        except ValueError:
            continue
        if not _numbers(address.host):
            yield str(address)


def _numbers(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
