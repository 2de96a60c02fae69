"""Seen from the last row, on a phone, without colours, with a keyboard."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

Json = dict[str, Any]
Open = Callable[[], Awaitable[None]]
Tile = Callable[..., Json]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

# The lowest contrast of each selector's texts with the nearest ground behind them (WCAG 2.2, 1.4.3).
CONTRASTS = """selectors => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element) => {
    let behind = element;
    while (channels(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  return Object.fromEntries(selectors.map((selector) => [selector,
    [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility()).map(contrast)]));
}"""

TEXTS = [
    "h1", ".counters dt", ".counters dd", ".counters small", ".user", ".user input", "#toggle",
    ".verdict > span:last-child", ".verdict .tone", "#strip h2", ".versions", ".fault", ".phase", ".number",
    ".number small", ".labels .share", ".stepper h3 span", ".message", ".step", ".here", ".metric h3",
    ".metric h3 b", ".needs", ".value", "#key li", "#key h2", "#key small", "#key .share", "#key .share b",
    "#grid .badge", "#grid .time", "#grid .mark",
]  # fmt: skip


@pytest.fixture
def state(request: pytest.FixtureRequest) -> Json | None:
    """The rollout of that name, as the strip gets it."""
    rollout: Json | None = request.getfixturevalue(request.param) if request.param else None
    return rollout


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["running", "aborted", "promoted"], indirect=True)
async def test_every_text_has_enough_contrast_in_both_colour_schemes(
    page: Page,
    gui: Any,
    opened: Open,
    tile: Tile,
    *,
    scheme: Literal["light", "dark"],
    state: Json,
) -> None:
    gui.rollouts = [state]
    colors = ["#66CCEE", "#000000", "#AA3377", "#4477AA", "#228833", "#777777"]
    gui.answer(*[tile(version="v2", errors=["smiley: no"], color=color) for color in colors], tile())
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await expect(page.locator(".verdict")).to_be_visible()
    await expect(page.locator("#key .share").first).to_be_visible()
    contrasts: dict[str, list[float]] = await page.evaluate(CONTRASTS, TEXTS)
    assert len(contrasts["#grid .time"]) == 16
    assert {name: min(found) for name, found in contrasts.items() if found and min(found) < 4.5} == {}


async def test_the_ground_is_light_by_default_and_dark_where_asked(page: Page, opened: Open) -> None:
    await page.emulate_media(color_scheme="light")
    await opened()
    await expect(page.locator("body")).to_have_css("background-color", "rgb(245, 244, 240)")
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("body")).to_have_css("background-color", "rgb(15, 19, 24)")


SCREENS = [(1280, 720), (1920, 1080), (390, 844), (320, 640), (820, 1180)]


@pytest.mark.parametrize("state", ["running", "aborted", None], indirect=True)
async def test_nothing_is_cut_off_to_the_side_and_a_projector_needs_no_scrolling(
    page: Page, gui: Any, opened: Open, state: Json | None
) -> None:
    gui.rollouts = [state] if state else []
    await opened()
    await expect(page.locator("#verdict")).not_to_be_empty()
    await expect(page.locator("#key .share").first).to_be_visible()
    for width, height in SCREENS:
        await page.set_viewport_size({"width": width, "height": height})
        wide, high = await page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert wide <= width
        assert high <= height or width < 1000


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (2, 8), (8, 2), (10, 10)])
async def test_a_grid_of_any_size_fits_the_screen(page: Page, gui: Any, opened: Open, rows: int, cols: int) -> None:
    gui.config |= {"numRows": rows, "numCols": cols}
    await opened()
    await expect(page.locator("#grid .tile")).to_have_count(rows * cols)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    box = await page.locator("#grid .tile").last.bounding_box()
    assert box is not None
    assert abs(box["width"] - box["height"]) < 1


async def test_the_keyboard_reaches_all_controls_and_focus_is_seen(page: Page, opened: Open) -> None:
    await opened()
    reached = []
    for _ in range(2):
        await page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        reached.append(await page.evaluate(f"[document.activeElement.id, {outline}]"))
    assert reached == [["user", "solid"], ["toggle", "solid"]]


async def test_nothing_moves_for_those_who_asked_for_less_motion(page: Page, opened: Open) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await opened()
    await expect(page.locator("#key .bar i")).to_have_count(1)
    moving = "e => parseFloat(getComputedStyle(e).transitionDuration) > 0"
    for selector in ("#grid .shape", "#grid .face", "#key .bar i"):
        assert not await page.locator(selector).first.evaluate(moving)


async def test_everything_is_asked_of_the_server_that_served_the_page(
    page: Page, gui: Any, opened: Open, watched: Any
) -> None:
    await opened()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
    paths = {url.removeprefix(gui.url).split("?")[0] for url in watched.requests if url.startswith("http")}
    modules = {f"/faces/static/{name}.js" for name in ("main", "grid", "tiles", "strip", "key", "rollout")}
    assert {"/faces/", "/faces/rollouts", "/face/center/", "/face/edge/"} | modules <= paths
    assert all(url.startswith((gui.url, "data:")) for url in watched.requests)
