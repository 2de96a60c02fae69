"""An address as a QR code: for the page, and for the terminal."""

import io

import segno


def svg(address: str) -> bytes:
    """Black on white whatever the theme: a camera has to read it."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue()


def text(address: str) -> str:
    """In half blocks, two rows a line, with no escape sequence in it."""
    out = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()
