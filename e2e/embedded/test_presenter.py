"""The talk by a clicker's keys alone, in a real Chromium, on real processes; asserted on what is on the page."""

import json
import os
import re
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from e2e.embedded.commands import faces, said_until, started
from e2e.manifests import write
from e2e.presented import HEAR, LIMIT_MS, PAINTED, address_in, chromium, heard, violations, watched


@asynccontextmanager
async def waiting(folder: Path, *words: object, name: str | None = None) -> AsyncIterator[str]:
    """`faces demo --wait`; gives the presenter's address. Without a name it has one that nobody else has."""
    manifests = write(folder / "manifests")
    name = name or f"presented-{secrets.token_hex(3)}"
    command = ("demo", "--wait", "--no-browser", "--name", name, "--manifests", manifests, *words)
    async with started(*command) as process:
        said = await said_until(process, "The presenter's page:")
        found = address_in(said)
        yield found[0]
        process.terminate()
        assert process.stdout is not None
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0, rest
        assert found[1] not in rest, "the token is in its address and nowhere else"


@pytest.mark.timeout(240)
async def test_the_whole_talk_by_clicker(tmp_path: Path) -> None:
    async with waiting(tmp_path) as address, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 720})
        complaints, requests = watched(page)
        await page.add_init_script(f"({HEAR})()")
        began = time.monotonic()
        await page.goto(address)
        seen, act = page.frame_locator("#page"), page.locator("#act")
        verdict = seen.locator("#verdict")

        await expect(act).to_have_text("1 of 6: Everybody is happy", timeout=LIMIT_MS)
        await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(16, timeout=LIMIT_MS)
        assert "#" not in page.url, "nobody reads the token off the projector"
        await refused(page)
        assert await violations(page) == []

        await page.keyboard.press("PageDown")
        await expect(act).to_have_text("2 of 6: Version 2 goes out", timeout=LIMIT_MS)
        await expect(seen.locator('#grid .tile[data-version="canary"]').first).to_be_visible(timeout=LIMIT_MS)
        await expect(verdict).to_contain_text("rolled back to v1", timeout=LIMIT_MS)
        assert await violations(page) == []
        told_as_it_happened(await heard(page), time.monotonic() - began)

        await page.keyboard.press("PageDown")
        await expect(act).to_have_text("3 of 6: It has taken itself back")
        await page.keyboard.press("PageUp")
        await expect(act).to_have_text("2 of 6: Version 2 goes out")
        await expect(verdict).to_contain_text("rolled back to v1")
        await page.keyboard.press(".")
        await expect(page.locator("#blank")).to_be_visible()
        await page.keyboard.press("b")
        await expect(page.locator("#blank")).to_be_hidden()

        counted = await asked(page)
        assert counted > 16
        await page.keyboard.press("0")
        await expect(verdict).to_have_text("v1 serves everybody.", timeout=LIMIT_MS)
        while await asked(page) >= counted:  # the page begins anew, and its counters at zero
            await page.wait_for_timeout(100)

        for title in ("3 of 6", "4 of 6", "5 of 6: A good version goes out"):
            await page.keyboard.press("PageDown")
            await expect(act).to_contain_text(title, timeout=LIMIT_MS)
            await expect(page.locator("#toast")).not_to_contain_text("…", timeout=LIMIT_MS)
        await expect(verdict).to_have_text("v2 serves everybody.", timeout=LIMIT_MS)
        await page.keyboard.press("PageDown")
        await expect(act).to_have_text("6 of 6: Version 2 serves everybody")

        host = address.partition("/present/")[0]
        await again_and_live(page, host)
        await expect(verdict).to_have_text("v2 serves everybody.", timeout=LIMIT_MS)
        assert complaints == []
        assert [url for url in requests if not url.startswith((f"{host}/", "data:"))] == []


@pytest.mark.timeout(240)
async def test_keys_panels_grid_freeze_and_the_notes(tmp_path: Path) -> None:
    async with waiting(tmp_path, "--listen", "127.0.0.1:0") as address, chromium() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
        page = await context.new_page()
        complaints, _ = watched(page)
        await page.goto(address)
        seen, tiles = page.frame_locator("#page"), page.frame_locator("#page").locator("#grid .tile")
        await expect(tiles).to_have_count(16, timeout=LIMIT_MS)

        for key, dialog in (("?", "keys"), ("m", "panel"), ("q", "room")):
            await page.keyboard.press(key)
            await expect(page.locator(f"#{dialog}")).to_be_visible()
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await expect(page.locator(f"#{dialog}")).to_be_hidden()

        await page.keyboard.press("g")
        await page.locator("#grid input[name=rows]").fill("10")
        await page.locator("#grid input[name=cols]").fill("12")
        await page.keyboard.press("Enter")
        await expect(tiles).to_have_count(120, timeout=LIMIT_MS)
        await expect(seen.locator('#grid .tile[data-kind="happy"]')).to_have_count(120, timeout=LIMIT_MS)

        # Whoever has clicked into the page still has the keys.
        await seen.locator("#strip").click()
        await page.keyboard.press("f")
        await expect(page.locator("#marks")).to_have_text("frozen")
        while await seen.locator("body").evaluate(PAINTED):
            pass  # what was on its way is painted still
        await page.keyboard.press("f")
        await expect(page.locator("#marks")).to_have_text("")
        while not await seen.locator("body").evaluate(PAINTED):
            pass

        async with context.expect_page() as opening:
            await page.keyboard.press("n")
        notes = await opening.value
        await expect(notes.locator("#notes")).to_contain_text("Each face is one real request", timeout=LIMIT_MS)
        assert "#" not in notes.url
        assert await violations(notes) == []
        await notes.keyboard.press("PageDown")
        await expect(page.locator("#act")).to_contain_text("2 of 6", timeout=LIMIT_MS)
        await expect(notes.locator("#said")).to_contain_text("Release: smiley v2, errors-40", timeout=LIMIT_MS)

        await page.bring_to_front()
        await page.keyboard.press("a")
        await expect(seen.locator("#verdict")).to_contain_text("rolled back to v1", timeout=LIMIT_MS)
        assert complaints == []


@pytest.mark.timeout(240)
async def test_two_releases_at_once_and_a_gui_that_dies_and_comes_back(tmp_path: Path) -> None:
    async with waiting(tmp_path, name="two-at-once") as address, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 720})
        await page.goto(address)
        seen = page.frame_locator("#page")
        happy, cards = seen.locator('#grid .tile[data-kind="happy"]'), seen.locator("#rollouts article")
        await expect(happy).to_have_count(16, timeout=LIMIT_MS)

        for workload, release in (("smiley", "errors-40"), ("color", "good")):
            await page.keyboard.press("r")
            await page.locator("#release [name=workload]").select_option(workload)
            await page.locator("#release [name=as]").select_option(release)
            await page.locator("#release button").click()
            await expect(cards.filter(has_text=f"as {release}")).to_contain_text(
                f"{workload} v1 → v2", timeout=LIMIT_MS
            )
        await expect(cards).to_have_count(2, timeout=LIMIT_MS)
        # The gate may have asked as well before it was over: then it was bad three times.
        verdict = seen.locator("#verdict")
        await expect(verdict).to_contain_text(re.compile("smiley: v2 was bad .*: rolled back to v1"), timeout=LIMIT_MS)
        await expect(verdict).to_contain_text("color: v2 serves everybody", timeout=LIMIT_MS)

        status = json.loads((await faces("status", "--name", "two-at-once", "--json")).said)
        (gui,) = [one for one in status["rollouts"] if one["name"] == "gui"]
        for pod in [pod for replica_set in gui["replicaSets"] for pod in replica_set["pods"]]:
            os.kill(pod["pid"], signal.SIGKILL)
        # It is back so soon that perhaps no tile was missed: but whoever paints now is the new one.
        while not await seen.locator("body").evaluate(PAINTED):
            pass
        await expect(happy).to_have_count(16, timeout=LIMIT_MS)
        await page.keyboard.press("g")
        await page.locator("#grid input[name=rows]").fill("2")
        await page.keyboard.press("Enter")
        await expect(seen.locator("#grid .tile")).to_have_count(8, timeout=LIMIT_MS)


def told_as_it_happened(said: list[tuple[str, str]], seconds: float) -> None:
    """A listener hears what was measured and demanded, and what came of it, and is not chattered at."""
    by = {region: [words for one, words in said if one == region] for region in ("verdict", "spoken", "summary")}
    assert any("success rate" in words and "at least 95 % demanded" in words for words in by["spoken"]), by
    assert "rolled back to v1" in by["verdict"][-1].replace("\u00a0", " ")
    assert len(by["summary"]) <= 1 + seconds / 30, by["summary"]
    assert len(by["spoken"]) <= 12, by["spoken"]


async def again_and_live(page: Page, host: str) -> None:
    """What is live has no speed. How far the replay is when the page shows it is the machine's matter."""
    for marks, replayed in (("smiley v2, good, again", True), ("", False)):
        await page.keyboard.press("R")
        await expect(page.locator("#marks")).to_have_text(marks, timeout=LIMIT_MS)
        while ("speed" in await (await page.request.get(f"{host}/faces/rollouts")).json()) is not replayed:
            await page.wait_for_timeout(100)
        await expect(page.frame_locator("#page").locator("#verdict")).to_contain_text("v2", timeout=LIMIT_MS)


async def asked(page: Page) -> int:
    """How many requests the page has counted."""
    text = await page.frame_locator("#page").locator("#asked").inner_text()
    return int(text.replace(",", ""))


async def refused(page: Page) -> None:
    """Without the token, and with another one, nothing is done."""
    root = page.url.partition("/present/")[0]
    for headers, status in (({}, 401), ({"Authorization": "Bearer another"}, 403)):
        for path, body in (("act", '{"to": "next"}'), ("do", '{"release": {"as": "errors-40"}}'), ("do", '"reset"')):
            answer = await page.request.post(f"{root}/present/api/{path}", data=body, headers=headers)
            assert answer.status == status
    await expect(page.locator("#act")).to_have_text("1 of 6: Everybody is happy")
    rollouts = await (await page.request.get(f"{root}/faces/rollouts")).json()
    assert [one["revision"] for one in rollouts["rollouts"]] == [1, 1, 1, 1]
