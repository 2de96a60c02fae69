"""The README's pictures, taken of a real run: `.venv/bin/python docs/pictures.py`."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from playwright.async_api import async_playwright

from chaos.catalogue import find, pod_change
from chaos.experiment import Visitors
from manifests import BASE
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import Settings
from seam.views import RolloutView

HERE = Path(__file__).parent


async def main() -> None:
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
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
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
    asyncio.run(main())
