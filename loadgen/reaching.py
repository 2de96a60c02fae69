"""Whether anybody is at an address, asked before a run that would find nobody there."""

import socket
from typing import Final
from urllib.parse import urlsplit

LIMIT_S: Final = 5.0


def why_unreachable(url: str) -> str | None:
    """Why no connection to the host and port of `url` can be made, in a few words; None when one was made."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), LIMIT_S).close()
    except TimeoutError:
        return f"no connection within {LIMIT_S:.0f} s"
    except socket.gaierror:
        return f"the name {parts.hostname!r} is not known"
    except (OSError, UnicodeError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()
    return None
