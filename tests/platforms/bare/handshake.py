"""A TLS handshake without a socket."""

import ssl
from typing import Any


def shake_hands(asking: ssl.SSLContext, answering: ssl.SSLContext, name: str) -> dict[str, Any]:
    """Returns what the server knows of its client; ssl.SSLError is what either of them refuses."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname=name)
    server = answering.wrap_bio(up, down, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
    known: Any = server.getpeercert()
    assert known is not None
    return dict(known)
