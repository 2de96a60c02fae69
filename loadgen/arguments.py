"""The values of command line options: a bad one is refused in one sentence that says what would be good."""

import argparse
import math
import re
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from loadgen.grid import PAGE_PATH

HIGHEST_RATE: Final = 1000.0
DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


class OneSentence(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def url(text: str) -> str:
    """The address below which the page is; the address of the page itself (`…/faces/`) will do as well."""
    with suppress(ValueError):
        parts = urlsplit(text)
        bare = not (parts.query or parts.fragment)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and bare:
            above = (parts.path.rstrip("/") + "/").removesuffix(PAGE_PATH).rstrip("/")
            return f"{parts.scheme}://{parts.netloc}{above}"
    raise argparse.ArgumentTypeError(f"{text!r} is not the address of a page; give one like http://127.0.0.1:8080")


def rate(text: str) -> float:
    with suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and 0 < value <= HIGHEST_RATE:
            return value
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a rate; give requests per second, above 0 and up to {HIGHEST_RATE:g}"
    )


def duration(text: str) -> float:
    """Seconds of '90', '60s', '5m', '1h30m'."""
    if text and (match := DURATION.fullmatch(text)):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        if (total := hours * 3600 + minutes * 60 + seconds) > 0:
            return total
    raise argparse.ArgumentTypeError(f"{text!r} is not a duration; give one like 60s, 5m or 1h30m")


def side(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 100:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a size of the grid; give a number from 1 to 100")


def port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535")


def header(text: str) -> str:
    if re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not the name of a header; give one like X-Faces-User")


def out_file(text: str) -> str:
    try:
        Path(text).open("a", encoding="utf-8").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be written ({error.strerror}); give a file in a folder that exists"
        ) from None
    return str(Path(text).resolve())


def milliseconds(text: str) -> float:
    with suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and value >= 0:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a time; give milliseconds, e.g. 500")
