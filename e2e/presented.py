"""A presenter's page in a real Chromium: how tests open it, and what they watch of it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from e2e.chromium import SWITCHES, executable

LIMIT_MS = 60_000
# How much is painted on the tiles in two seconds: four beats of each.
PAINTED = """() => new Promise((done) => {
  let painted = 0;
  const seen = new MutationObserver((found) => { painted += found.length; });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  seen.observe(document.getElementById("grid"), all);
  setTimeout(() => { seen.disconnect(); done(painted); }, 2000);
})"""
# What a screen reader hears of the page: each new text of its live regions, in order.
HEAR = """() => {
  window.heard = [];
  addEventListener("DOMContentLoaded", () => {
    for (const id of ["verdict", "spoken", "summary"]) {
      const region = document.getElementById(id);
      if (!region) continue;
      const say = () => { if (region.textContent) window.heard.push([id, region.textContent]); };
      new MutationObserver(say).observe(region, { subtree: true, childList: true, characterData: true });
    }
  });
}"""
ADDRESS = re.compile(r"http://\S+/present/#(\S+)")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=SWITCHES)
        yield browser
        await browser.close()


def address_in(said: str) -> re.Match[str]:
    """The presenter's address, and the token in it, of what the command has printed."""
    found = ADDRESS.search(said)
    assert found is not None, said
    return found


def watched(page: Page) -> tuple[list[str], list[str]]:
    """(what its console complains of, the addresses that it asks)"""
    complaints: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda it: complaints.append(f"{it.text} {it.location}") if it.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    return complaints, requests


async def heard(page: Page) -> list[tuple[str, str]]:
    """(which live region, what it said) since the page was loaded; `HEAR` has to be an init script of it."""
    (inner,) = [frame for frame in page.frames if frame != page.main_frame]
    return [(region, words) for region, words in await inner.evaluate("() => window.heard")]


async def violations(page: Page) -> list[Any]:
    """What axe finds, in the page and in the one that it shows."""
    found: list[Any] = []
    for frame in page.frames:
        results = await Axe().run(frame)
        found += [(one["id"], [node["html"] for node in one["nodes"]]) for one in results.response["violations"]]
    return found
