"""Seen from the last row, on a phone, without colours, with a keyboard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

Json = dict[str, Any]
Open = Callable[[], Awaitable[None]]
Tile = Callable[..., Json]
Make = Callable[..., Any]

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
    ".metric h3 b", ".none", ".demands", ".metric .bad", ".value", "#key li", "#key h2", "#key small", "#key .share",
    "#key .share b", "#grid .badge", "#grid .time", "#grid .mark",
]  # fmt: skip


LONG = (
    'Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: '
    "Post http://prometheus.monitoring.svc.cluster.local:9090/api/v1/query: dial tcp: lookup "
    'prometheus.monitoring.svc.cluster.local on 10.96.0.10:53: no such host"'
)
LATE = 'ProgressDeadlineExceeded: ReplicaSet "color-5f7d8c9b4" has timed out progressing.'


@pytest.fixture
def many(metric: Make, measured: Make) -> Json:
    """Three metrics with long words, as fields of a view."""
    metrics = (
        metric(failed=1),
        metric("error-rate", "ratio", "<=", 0.10),
        metric("latency-p99-ms", "ms", "<=", 200, failed=1),
    )
    rates = measured(("[0.99]", "Successful"), ("[0.6239]", "Failed")) + measured(("", "Error"), message=LONG)
    errors = measured(("[0.02]", "Successful"), ("[0.3761]", "Failed"), name="error-rate")
    times = measured(("[9]", "Successful"), *[("[1812.4]", "Failed")] * 7, name="latency-p99-ms")
    return {"metrics": metrics, "measurements": rates + errors + times}


@pytest.fixture
def strips(rollout: Make, many: Json) -> dict[str, list[Json]]:
    """The rollouts of each thing that the strip may have to show."""
    color: Json = {"name": "color", "current_version": "v3"}
    leaving = {"canary_weight": 30, "stable_weight": 70, "message": LONG}
    return {
        "nothing": [],
        "running": [rollout()],
        "aborted": [rollout("aborted")],
        "promoted": [rollout("promoted")],
        "leaving": [rollout("aborted", **leaving)],
        "unmeasured": [rollout("promoted", measured=False, **many)],
        "trouble": [rollout(phase="Degraded", message=LATE)],
        "not measured": [rollout(measurements=())],
        "three metrics": [rollout(**many)],
        "two": [rollout("aborted", **many), rollout(**color, **many)],
        "two in trouble": [
            rollout("aborted", **many | leaving),
            rollout(phase="Degraded", message=LATE, **color, **many),
        ],
    }


@pytest.fixture
def bad_tiles(gui: Any, tile: Tile) -> None:
    """Every tile has a badge and a mark."""
    gui.answer(*[tile("&#x1F92C;", version, errors=["smiley: no"]) for version in ("v1", "v2", "v2", "v1")])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["running", "aborted", "promoted", "unmeasured", "two in trouble", "not measured"])
async def test_every_text_has_enough_contrast_in_both_colour_schemes(
    page: Page,
    gui: Any,
    opened: Open,
    tile: Tile,
    strips: dict[str, list[Json]],
    *,
    scheme: Literal["light", "dark"],
    state: str,
) -> None:
    gui.rollouts = strips[state]
    colors = ["#66CCEE", "#000000", "#AA3377", "#4477AA", "#228833", "#777777"]
    gui.answer(*[tile(version="v2", errors=["smiley: no"], color=color) for color in colors], tile())
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await expect(page.locator(".verdict").first).to_be_visible()
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


# Texts that are not seen as a whole: outside of the window's width, of their panel, or of whatever clips them.
CUT_OFF = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const inside = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 &&
    inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  // What has no box of its own clips nothing.
  const clips = (element) => getComputedStyle(element).display !== "contents" &&
    (getComputedStyle(element).overflow !== "visible" || element.matches("#strip, #key, .top"));
  const found = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("script, noscript")) continue;
    const heard = parent.closest(".unseen, .word");
    if (heard && getComputedStyle(heard).clipPath !== "none") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    let cut = box.left < 0 || box.right > innerWidth;
    for (let outer = parent; outer !== document.body; outer = outer.parentElement) {
      cut ||= clips(outer) && !inside(box, outer.getBoundingClientRect());
    }
    if (cut) found.push(node.data);
  }
  return found;
}"""

DRAWN = """() => {
  const chart = document.querySelector("#line svg");
  return chart.viewBox.baseVal.width === chart.clientWidth && chart.viewBox.baseVal.height === chart.clientHeight;
}"""

SCREENS = [(1280, 720), (1920, 1080), (1024, 768), (390, 844), (320, 640), (820, 1180)]


# The widest letters that a system has for its own: which font a viewer has is not ours to choose.
WIDE_LETTERS = '"DejaVu Sans", Verdana'
DIGIT = """family => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.font = `100px ${family}`;
  return canvas.measureText("0").width;
}"""


@pytest.mark.parametrize("letters", ["the viewer's own", "wide"])
@pytest.mark.parametrize(
    "state", ["nothing", "running", "aborted", "leaving", "three metrics", "two", "two in trouble"]
)
async def test_nothing_is_cut_off_and_a_projector_needs_no_scrolling(
    page: Page, gui: Any, opened: Open, strips: dict[str, list[Json]], state: str, letters: str, bad_tiles: None
) -> None:
    del bad_tiles
    gui.rollouts = strips[state]
    await opened()
    if letters == "wide":
        assert await page.evaluate(DIGIT, WIDE_LETTERS) > 60, "Install DejaVu Sans (fonts-dejavu-core) or Verdana."
        # Not by an element of the page: its policy lets no style in.
        await page.evaluate("family => document.body.style.setProperty('font-family', family)", WIDE_LETTERS)
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await expect(page.locator("#rollouts article")).to_have_count(len(gui.rollouts))
    await expect(page.locator("#key .share").first).to_be_visible()
    scrolls = {}
    for width, height in SCREENS:
        await page.set_viewport_size({"width": width, "height": height})
        while not await page.evaluate(DRAWN):  # the line, for the size that it has now
            await asyncio.sleep(0.05)
        assert (width, await page.evaluate(CUT_OFF)) == (width, [])
        wide, high = await page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert wide <= width
        if width > 1000 and high > height:
            scrolls[width, height] = high - height
    # Two that are in trouble, with all that there is to say about it, push the key below the edge of a low window.
    assert set(scrolls) <= ({(1280, 720), (1920, 1080)} if state == "two in trouble" else set()), scrolls


# Badges and marks of which a part is not seen: each is hit in its middle and at its four sides.
HIDDEN = """selectors => [...document.querySelectorAll(selectors)].filter((each) => {
  if (!each.checkVisibility()) return false;
  const { left, right, top, bottom } = each.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const points = [[x, y], [left + 1, y], [right - 1, y], [x, top + 1], [x, bottom - 1]];
  return right - left < 8 || points.some(([at, down]) => !each.contains(document.elementFromPoint(at, down)));
}).map((each) => `${each.className} of ${each.closest("[aria-label], li")?.textContent}`)"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (1920, 1080)])
@pytest.mark.parametrize("state", ["running", "two"])
async def test_no_badge_and_no_mark_is_clipped(
    page: Page,
    gui: Any,
    opened: Open,
    strips: dict[str, list[Json]],
    bad_tiles: None,
    *,
    state: str,
    width: int,
    height: int,
) -> None:
    del bad_tiles
    gui.rollouts = strips[state]
    await page.set_viewport_size({"width": width, "height": height})
    await opened()
    await expect(page.locator("#grid .mark:visible")).to_have_count(16)
    await expect(page.locator("#key .mark:visible")).to_have_count(8)
    await expect(page.locator("#rollouts article")).to_have_count(len(gui.rollouts))
    assert await page.evaluate(HIDDEN, "#grid .badge, #grid .mark, #key .mark, .tone") == []
    # An icon has no ground of its own to be hit: it has to lie inside of its value's border.
    outside = await page.evaluate(
        "() => [...document.querySelectorAll('.value .icon')].filter((icon) => icon.checkVisibility() && "
        "icon.getBoundingClientRect().right > icon.parentElement.getBoundingClientRect().right).length"
    )
    assert outside == 0


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
    assert {"/faces/", "/faces/rollouts", "/faces/face/center/", "/faces/face/edge/"} | modules <= paths
    assert all(url.startswith((gui.url, "data:")) for url in watched.requests)
