"""report.html in a real Chromium: on a phone, on a desk, in the dark and on paper."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from chaos.report import build_report, write_report
from tests.chaos.report.releases import TEMPLATES, promoted, rolled_back, under

# The first test waits for matplotlib, two plots and a browser, on a machine that may be busy.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

A4 = 680  # pixels between usual margins
HOLDS_ITSELF = """() => {
  const wide = document.documentElement;
  const out = [...document.querySelectorAll("main *")].filter(part => {
    const inside = part.closest(".scrolls");
    if (part.closest("svg") || (inside && inside !== part)) return false;
    return part.getBoundingClientRect().right > wide.clientWidth;
  });
  return [wide.scrollWidth - wide.clientWidth, out.map(part => part.outerHTML.slice(0, 80))];
}"""


COVERED = """svg => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
  const found = texts.filter(([_, box]) => box.left < frame.left - 1 || box.right > frame.right + 1);
  texts.forEach(([one, a], index) => texts.slice(index + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 2 && high > 4) found.push([one, other]);
  }));
  return found.map(String);
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = build_report(under(TEMPLATES), link="https://ci.example/" + "builds" * 20, record_file="record.ndjson.gz")
    return write_report(report, tmp_path_factory.mktemp("report"), compare=build_report(promoted()))[1]


async def shown(browser: Browser, file: Path, width: int, **settings: Any) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 800}, **settings)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(file.as_uri())
    assert complaints == []
    return page


@pytest.mark.parametrize("width", [320, 360, 640, 768, 1280])
async def test_the_page_never_scrolls_sideways(browser: Browser, file: Path, width: int) -> None:
    page = await shown(browser, file, width)
    assert await page.evaluate(HOLDS_ITSELF) == [0, []]
    await page.context.close()


@pytest.mark.parametrize(("width", "canvas"), [(360, "narrow"), (1280, "wide")])
async def test_one_plot_is_shown_with_what_the_templates_demand(
    browser: Browser, file: Path, width: int, canvas: str
) -> None:
    page = await shown(browser, file, width)
    await expect(page.get_by_role("img", name="The release of errors-40 over time.")).to_have_count(1)
    plot = page.locator(f"svg.{canvas}")
    for words in ("success-rate: at least 99 %", "unreachable: at most 10 %", "at most 200 ms"):
        await expect(plot.get_by_text(words, exact=True)).to_be_visible()
    smallest = await plot.evaluate(
        "svg => Math.min(...[...svg.querySelectorAll('text')].map(text => text.getBoundingClientRect().height))"
    )
    assert smallest >= 9, smallest
    demanded = page.get_by_role("table", name="Metrics, and how many bad measurements each of them allowed")
    await expect(demanded.locator("td.words")).to_have_text(["at least 99 %", "at most 10 %", "at most 200 ms"])
    await page.context.close()


@pytest.mark.parametrize("latency", ["97", "986", "40000"])
async def test_texts_of_the_plot_stay_inside_and_do_not_cover_each_other(
    browser: Browser, tmp_path: Path, latency: str
) -> None:
    report = build_report(rolled_back())
    report["measurements"][-1]["value"] = f"[{latency}]"
    file = write_report(report, tmp_path)[1]
    for width, canvas in ((360, "narrow"), (1280, "wide")):
        page = await shown(browser, file, width)
        covered = await page.locator(f"svg.{canvas}").evaluate(COVERED)
        assert covered == [], (canvas, covered)
        await page.context.close()


async def test_in_the_dark_the_text_is_light_and_the_plot_stays_white(browser: Browser, file: Path) -> None:
    page = await shown(browser, file, 360, color_scheme="dark")
    await expect(page.locator("body")).to_have_css("background-color", "rgb(20, 23, 28)")
    await expect(page.locator("figure.plot")).to_have_css("background-color", "rgb(255, 255, 255)")
    await page.context.close()


async def test_on_paper_nothing_is_cut_off_and_the_wide_plot_is_printed(browser: Browser, file: Path) -> None:
    page = await shown(browser, file, A4)
    await page.emulate_media(media="print")
    cut = await page.evaluate(
        "() => [...document.querySelectorAll('table')]"
        ".filter(table => table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1)"
        ".map(table => table.getAttribute('aria-label'))"
    )
    assert cut == []
    await expect(page.locator("svg.wide")).to_be_visible()
    await expect(page.locator("svg.narrow")).to_be_hidden()
    await page.context.close()
