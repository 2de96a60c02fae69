"""The distribution's real Chromium, as tests drive it."""

import shutil

import pytest

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",  # a Mac has no browser on its PATH
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Its path; fails with what to install where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(
            "These tests drive a real Chromium and none is installed here: "
            "run `apt-get update && apt-get install -y chromium fonts-noto-color-emoji` as root.",
            pytrace=False,
        )
    return found
