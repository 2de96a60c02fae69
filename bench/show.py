"""How soon the page answers a key, and how long it ever stands still: a talk by clicker, in Chromium, on this machine.

    bench/show.py

A change is one of the document: of the presenter's line or of the page above it. *Words* are those of the strip (what
is going on, counted down) and of the three layers, without the tiles, which change all the time.
"""

import asyncio
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page, expect

from e2e.embedded.commands import said_until, started
from e2e.presented import LIMIT_MS, address_in, chromium

# When something changed, in each frame: milliseconds since the epoch, of everything and of the words alone.
WATCH = """() => {
  const now = () => performance.timeOrigin + performance.now();
  window.changed = { all: [], words: [] };
  window.keys = [];
  addEventListener("keydown", () => window.keys.push(now()), true);
  addEventListener("DOMContentLoaded", () => {
    const seen = new MutationObserver((found) => {
      window.changed.all.push(now());
      const words = ({ target }) => (target.parentElement ?? target).closest?.("#strip, #layers");
      if (found.some(words)) window.changed.words.push(now());
    });
    seen.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}"""
RELEASE = ("PageDown", "next act: release")
OTHERS = (("b", "blank"), ("b", "and back"), ("f", "freeze"), ("f", "and on"), ("0", "reset"))


async def main() -> None:
    with TemporaryDirectory() as folder:
        words = ("demo", "--wait", "--no-browser", "--name", "bench-show", "--out", Path(folder) / "out")
        async with started(*words) as demo, chromium() as browser:
            said = await said_until(demo, "The presenter's page:")
            page = await browser.new_page(viewport={"width": 1280, "height": 720})
            await page.add_init_script(f"({WATCH})()")
            await page.goto(address_in(said)[0])
            seen = page.frame_locator("#page")
            await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(16, timeout=LIMIT_MS)
            print("from the key to the first change, ms")
            for key, what in (RELEASE,):
                print(f"  {what:20} {await answered(page, key):6.0f}")
            await expect(seen.locator(".outcome")).to_be_visible(timeout=LIMIT_MS)
            await page.wait_for_timeout(5000)
            still = await stills(page)
            for key, what in OTHERS:
                print(f"  {what:20} {await answered(page, key):6.0f}")
                await page.wait_for_timeout(1500)
            print("longest without a change from the release until five seconds after it was back, s")
            for what, seconds in still.items():
                print(f"  {what:20} {seconds:6.2f}")
            demo.terminate()


async def answered(page: Page, key: str) -> float:
    """Milliseconds from the key to the first change of the presenter's line or of the page."""
    await page.keyboard.press(key)
    await page.wait_for_timeout(1200)
    times = [await frame.evaluate("() => [window.keys, window.changed.all]") for frame in page.frames]
    pressed = max(each for keys, _ in times for each in keys)
    # The line of the presenter alone: the tiles of the page would answer every key at once.
    return min((each for each in times[0][1] if each >= pressed), default=float("inf")) - pressed


async def stills(page: Page) -> dict[str, float]:
    (inner,) = [frame for frame in page.frames if frame != page.main_frame]
    pressed = max(await page.evaluate("() => window.keys"))
    changed = await inner.evaluate("() => window.changed")
    found = {"anything": changed["all"], "words": changed["words"]}
    return {what: longest([pressed, *(each for each in times if each > pressed)]) for what, times in found.items()}


def longest(times: list[float]) -> float:
    return max(((b - a) / 1000 for a, b in pairwise(times)), default=float("inf"))


if __name__ == "__main__":
    asyncio.run(main())
