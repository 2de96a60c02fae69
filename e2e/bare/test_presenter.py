"""The presenter on a cluster: the same page and keys, with the presenter's own rights; then the record without it."""

import secrets
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from e2e.bare.administrator import Administrator
from e2e.embedded.commands import ended, said_until, started
from e2e.presented import LIMIT_MS, address_in, chromium, watched
from e2e.where import Where

pytestmark = pytest.mark.timeout(300)


async def test_a_release_by_clicker_and_the_record_of_it_played_without_the_cluster(
    admin: Administrator, where: Where, tmp_path: Path
) -> None:
    name = f"presented-{secrets.token_hex(3)}"
    assert where.cluster is not None
    run_up = ("--on", "bare", "--cluster", where.cluster, "--name", name)
    async with await admin.run(name) as run, chromium() as browser:
        try:
            async with started("present", *run_up, "--no-browser", "--out", tmp_path) as process:
                said = await said_until(process, "The presenter's page:")
                page = await browser.new_page(viewport={"width": 1280, "height": 720})
                complaints, _ = watched(page)
                await page.goto(address_in(said)[0])
                was = await rolled_back(page)
                while not (records := list(tmp_path.glob("*/record.ndjson.gz"))):
                    await page.wait_for_timeout(200)  # it is written when visitors are well again
                await page.keyboard.press("0")
                verdict = page.frame_locator("#page").locator("#verdict")
                await expect(verdict).to_have_text("v1 serves everybody.", timeout=LIMIT_MS)
                assert complaints == []
                process.send_signal(signal.SIGINT)
                assert (await ended(process)).code == 0
        finally:
            await run.down(wait=False)
        async with started("replay", records[0], "--speed", "4", "--no-browser") as process:
            said = await said_until(process, "as it was on bare:")
            await replayed(browser, said.split()[-1], was)


async def rolled_back(page: Page) -> str:
    """Play the act of the bad version; returns what came of it, in the page's words."""
    seen = page.frame_locator("#page")
    await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(16, timeout=LIMIT_MS)
    await page.keyboard.press("PageDown")
    await expect(page.locator("#act")).to_have_text("2 of 6: Version 2 goes out", timeout=LIMIT_MS)
    await expect(seen.locator('#grid .tile[data-version="canary"]').first).to_be_visible(timeout=LIMIT_MS)
    await expect(seen.locator("#verdict")).to_contain_text("rolled back to v1", timeout=2 * LIMIT_MS)
    await expect(seen.locator("#line .series.canary").first).to_be_attached(timeout=LIMIT_MS)
    return await seen.locator("#verdict").inner_text()


async def replayed(browser: Browser, address: str, was: str) -> None:
    """The same page tells the same story, and nothing on it complains."""
    page = await browser.new_page(viewport={"width": 1280, "height": 720})
    complaints, requests = watched(page)
    await page.goto(address)
    await expect(page.locator('#grid .tile[data-version="canary"]').first).to_be_visible(timeout=LIMIT_MS)
    await expect(page.locator("#verdict")).to_have_text(was, timeout=LIMIT_MS)
    await expect(page.get_by_label("Look back")).to_be_visible(timeout=LIMIT_MS)
    host = address.removesuffix("faces/")
    assert complaints == []
    assert [url for url in requests if not url.startswith((host, "data:"))] == []
