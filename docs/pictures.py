"""The pictures of README and docs/, taken of real runs: `make docs`, or `docs/pictures.py talk` or `report` alone."""

import asyncio
import io
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, FrameLocator, Page, async_playwright, expect

HERE = Path(__file__).parent
TALK = HERE / "talk"
FACES = Path(sys.executable).with_name("faces")
WINDOW, SMALL = (1280, 720), (720, 405)
LIMIT_MS = 120_000
# The animation: a picture each half second of the second act, and four times as fast as it was.
EACH_S, SHOWN_MS = 0.5, 125


async def main(wanted: str) -> None:
    if wanted in ("", "talk"):
        await _talk()
    if wanted in ("", "report"):
        await _report("slow-p99")


async def _report(release: str) -> None:
    """What the report says of a release in which no error is counted anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        words = ("demo", "--auto", "--as", release, "--out", folder, "--name", "pictures")
        demo = await asyncio.create_subprocess_exec(FACES, *words)
        assert await demo.wait() == 0
        async with _chromium() as browser:
            page = await browser.new_page(viewport={"width": 1280, "height": 1740})
            await page.goto((Path(folder) / "report.html").as_uri())
            await page.screenshot(path=HERE / f"{release}.png")


async def _talk() -> None:
    """The talk about a bad version, by the keys of a clicker: a picture of each act, and the second one as it moves."""
    TALK.mkdir(exist_ok=True)
    async with _presented("bad-v2") as address, _chromium() as browser:
        page = await browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]})
        await page.goto(address)
        seen = page.frame_locator("#page")
        verdict = seen.locator("#verdict")
        await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(16, timeout=LIMIT_MS)
        await _picture(page, 1)
        pictures = await _second_act(page, seen)
        _animate(pictures, TALK / "talk.webp")
        await page.keyboard.press("PageDown")
        await expect(seen.locator(".outcome")).to_be_visible(timeout=LIMIT_MS)
        await _picture(page, 3)
        await page.keyboard.press("PageDown")
        await expect(verdict).to_have_text("v1 serves everybody.", timeout=LIMIT_MS)
        await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(16, timeout=LIMIT_MS)
        await _picture(page, 4)
        await page.keyboard.press("PageDown")
        await expect(seen.locator(".number")).to_contain_text("70 %", timeout=LIMIT_MS)
        await _picture(page, 5)
        await expect(verdict).to_have_text("v2 serves everybody.", timeout=LIMIT_MS)
        await page.keyboard.press("PageDown")
        await _picture(page, 6)


async def _second_act(page: Page, seen: FrameLocator) -> list[bytes]:
    """Play it until all is back; the picture of it is taken when a metric has just been measured bad."""
    taken: list[bytes] = []
    over, bad = seen.locator(".outcome"), seen.locator('.metric[data-word="bad"]')
    await page.keyboard.press("PageDown")
    kept = False
    while not await over.count():
        taken.append(await page.screenshot())
        if not kept and await bad.count():
            kept = True
            await _picture(page, 2)
        await asyncio.sleep(EACH_S)
    for _ in range(8):
        await asyncio.sleep(EACH_S)
        taken.append(await page.screenshot())
    return taken


def _animate(pictures: list[bytes], file: Path) -> None:
    """Small enough for a README; its last picture stays for a while before it begins again."""
    frames = [Image.open(io.BytesIO(one)).convert("RGB").resize(SMALL, Image.Resampling.LANCZOS) for one in pictures]
    times = [SHOWN_MS] * (len(frames) - 1) + [3000]
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=times, loop=0, quality=70, method=6)


async def _picture(page: Page, act: int) -> None:
    await expect(page.locator("#act")).to_contain_text(f"{act} of 6", timeout=LIMIT_MS)
    await expect(page.locator("#toast")).not_to_contain_text("…", timeout=LIMIT_MS)
    await asyncio.sleep(2.5)  # for the next answer of every tile
    await page.screenshot(path=TALK / f"act-{act}.png")


@asynccontextmanager
async def _presented(script: str) -> AsyncIterator[str]:
    """The presenter's address."""
    words = ("demo", "--wait", "--no-browser", "--name", "pictures", "--script", script)
    demo = await asyncio.create_subprocess_exec(FACES, *words, stdout=asyncio.subprocess.PIPE)
    assert demo.stdout is not None
    try:
        async for line in demo.stdout:
            found = re.search(rb"http://\S+/present/#\S+", line)
            if found:
                yield found[0].decode()
                break
    finally:
        demo.terminate()
        await demo.communicate()


@asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
