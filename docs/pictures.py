"""The pictures of README and docs/signals.md, taken of real runs: `.venv/bin/python docs/pictures.py [NAME]`."""

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

from chaos.catalogue import find, pod_change
from chaos.experiment import Visitors
from manifests import BASE
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import Settings
from seam.views import RolloutView

HERE = Path(__file__).parent


async def main(wanted: str) -> None:
    if wanted in ("", "page"):
        await _page()
    if wanted in ("", "report"):
        await _report("slow-p99")


async def _report(release: str) -> None:
    """What the report says of a release in which no error is counted anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        words = ("demo", "--auto", "--as", release, "--out", folder, "--name", "pictures")
        demo = await asyncio.create_subprocess_exec(Path(sys.executable).with_name("faces"), *words)
        assert await demo.wait() == 0
        async with async_playwright() as playwright:
            browser = await _chromium(playwright)
            page = await browser.new_page(viewport={"width": 1280, "height": 1740})
            await page.goto((Path(folder) / "report.html").as_uri())
            await page.screenshot(path=HERE / f"{release}.png")
            await browser.close()


async def _chromium(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(
        executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
        args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    )


async def _page() -> None:
    async with await EmbeddedPlatform.start(Settings(str(BASE), attached=True, seed=3), "pictures", print) as run:
        try:
            view = await run.view()
            with tempfile.TemporaryDirectory() as folder:
                visitors = await Visitors.start(view.gui, 40, "steady", Path(folder) / "visitors.ndjson")
                try:
                    await run.measured()
                    await _take(run, view.gui)
                finally:
                    await visitors.stop()
        finally:
            await run.down()


async def _take(run: EmbeddedPlatform, gui: str) -> None:
    async with async_playwright() as playwright:
        browser = await _chromium(playwright)
        page = await browser.new_page(viewport={"width": 1280, "height": 720})
        await page.goto(gui)
        await run.release("smiley", "errors-40", pod_change(find("errors-40")))
        await _until(run, lambda view: any(m.phase == "Failed" for m in view.measurements))
        await asyncio.sleep(2.5)
        await page.screenshot(path=HERE / "measured-bad.png")
        await _until(run, lambda view: view.aborted and view.canary_weight == 0)
        await asyncio.sleep(4)
        await page.screenshot(path=HERE / "rolled-back.png")
        await browser.close()


async def _until(run: EmbeddedPlatform, wanted: object, limit_s: float = 90) -> RolloutView:
    assert callable(wanted)
    began = time.monotonic()
    async for view in run.watch("smiley"):
        if wanted(view):
            return view
        assert time.monotonic() - began < limit_s
    raise AssertionError("the platform went away")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
