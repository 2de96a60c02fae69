"""Whether a request to Locust's page comes from that page itself, or from a person who typed its address.

Locust lets every web page that somebody visits send load from here, to any host: it answers all origins and asks for no
password. A browser says where a request comes from, in headers that a page cannot change.
"""

from collections.abc import Mapping
from typing import Final

_OWN_SITES: Final = ("same-origin", "none")  # none: typed, or opened from outside of the browser


def is_welcome(headers: Mapping[str, str], port: int) -> bool:
    """`headers` are those of the request, by their usual names; `port` is the one on which the page is served."""
    own = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    if headers.get("Host") not in own:  # a name that somebody has pointed at this machine
        return False
    if headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        return False
    origin = headers.get("Origin")
    return origin is None or origin.removeprefix("http://") in own
