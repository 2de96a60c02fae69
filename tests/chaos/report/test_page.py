import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chaos.catalogue import find
from chaos.record import Record
from chaos.report import build_report
from chaos.report.page import is_url, render_page
from seam.releases import FaultPlan
from seam.views import DeliveryView, EventView
from tests.chaos.report.releases import rolled_back

HOSTILE = "<script>alert('x')</script> & \"quoted\" </svg></title> $E=mc^2$ \x07"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a page is made of, and that each element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return render_page(build_report(rolled_back()))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_needs_nothing_else(html: str, page: Page) -> None:
    for tag, attrs in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert (attrs.get(name) or "#").startswith(("#", "data:")), (tag, attrs)
    assert not page.all("script")
    assert "@import" not in html
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("table")) == 6
    assert all(table.get("aria-label") for table in page.all("table"))
    assert all(header.get("scope") in {"col", "row"} for header in page.all("th"))
    plots = page.all("svg")
    assert [(plot["class"], plot["role"], plot["aria-label"]) for plot in plots] == [
        ("wide", "img", plots[0]["aria-label"]),
        ("narrow", "img", plots[0]["aria-label"]),
    ]
    ids = [attrs.get("id") for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_plot_is_told_in_words(page: Page) -> None:
    words = page.all("svg")[0]["aria-label"] or ""
    assert "0 % from 0.3 s, 30 % from 1.6 s, 50 % from 8.7 s, 0 % from 14.2 s." in words
    assert "It was rolled back 14.2 s after the release." in words
    assert (
        "success-rate, at least 95 % demanded, was measured 4 times: 1 Inconclusive, 1 Successful, 2 Failed, "
        "first Inconclusive at 3.1 s with no data." in words
    )
    assert "failed or were slow in 13 seconds between 2.0 s and 15.0 s, most at" in words


@pytest.mark.parametrize("canvas", ["wide", "narrow"])
def test_the_plot_shows_panels_weights_verdicts_and_bounds_as_text(html: str, canvas: str) -> None:
    start = html.index(f'<svg class="{canvas}"')
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", html[start : html.index("</svg>", start)]))
    assert {"Canary's share of the traffic", "Measured success-rate", "Measured latency-p99-ms"} <= shown
    assert {"Visitors' bad requests, by second", "seconds since the release"} <= shown
    assert {"before", "after", "30 %", "50 %", "released", "rolled back: 14.2 s"} <= shown
    assert {"at least 95 %", "at most 500 ms", "80 %", "400 ms"} <= shown
    assert {"Successful", "Failed", "Inconclusive", "Error", "request failed", "request slow"} <= shown
    assert {"Measured without a number", "success-rate", "latency-p99-ms"} <= shown


def test_every_value_is_told_in_words_with_what_was_demanded(page: Page) -> None:
    words = [text.strip() for text in page.words if text.strip()]
    at = words.index("Measurements in order of time")
    assert words[at + 7 : at + 13] == [
        "+3.1 s",
        "success-rate",
        "no data",
        "◆",
        "Inconclusive",
        "at least 95 %",
    ]
    assert {"88 ms", "95.8 %", "78.4 %", "connection refused", "1 Inconclusive, 1 Successful, 2 Failed"} <= set(words)
    assert "[0.958]" not in " ".join(words)


def test_requests_are_counted_and_no_users(page: Page) -> None:
    words = " ".join(page.words)
    assert "67 requests" in words
    assert "of 561 during the release failed or were slow (11.9\N{NO-BREAK SPACE}%)" in words
    assert "user" not in words


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("https://ci.example/builds/7?a=b#c", True),
        ("http://ci.example", True),
        ("javascript:alert(1)", False),
        ("https:", False),
        ("file:///etc/passwd", False),
        ("//ci.example", False),
        ("http://[", False),
        ("4f2a9c1", False),
        (None, False),
    ],
)
def test_only_an_address_of_the_web_can_be_followed(link: str | None, *, followed: bool) -> None:
    assert is_url(link) is followed


@pytest.mark.parametrize(("link", "followed"), [("https://ci.example/7", True), ("javascript:alert(1)", False)])
def test_an_address_of_the_web_becomes_a_link_and_everything_else_is_text(
    record: Record, link: str, *, followed: bool
) -> None:
    page = Page(render_page(build_report(record, link=link)))
    assert [attrs["href"] for attrs in page.all("a")] == ([link] if followed else [])
    assert any(link in text for text in page.words)


def test_a_check_that_is_not_required_is_a_note(record: Record) -> None:
    unseen = replace(record, release=replace(record.release, seen_by=("latency-p99-ms",)))
    page = Page(render_page(build_report(unseen)))
    assert [attrs["aria-label"] for attrs in page.all("span") if attrs.get("class") == "sign"] == [
        "yes",
        "yes",
        "yes",
        "note",
    ]
    assert "Not seen by latency-p99-ms:" in page.words


def test_what_was_injected_is_shown_if_anything_was(record: Record, page: Page) -> None:
    assert "What was injected" in page.words
    assert "What was injected" not in Page(render_page(build_report(replace(record, injected=())))).words


def test_the_page_says_from_which_record_it_can_be_made_again(record: Record, page: Page) -> None:
    again = Page(render_page(build_report(record, record_file="record.ndjson.gz")))
    assert "faces report record.ndjson.gz" in again.words
    assert not any("faces report" in text for text in page.words)


def test_hostile_text_is_shown_not_run(record: Record) -> None:
    last = record.views[-1].view
    metrics = tuple(replace(metric, name=HOSTILE, demands=HOSTILE) for metric in last.metrics)
    measured = tuple(
        replace(one, metric=HOSTILE, value=HOSTILE, phase=HOSTILE, message=HOSTILE) for one in last.measurements
    )
    view = replace(
        last, phase=HOSTILE, message=HOSTILE, current_version=HOSTILE, metrics=metrics, measurements=measured
    )
    evil = replace(
        record,
        platform=HOSTILE,
        version=HOSTILE,
        reason=HOSTILE,
        release=replace(find("errors-40"), name=HOSTILE, faults=(FaultPlan({"error": HOSTILE}),)),
        views=(replace(record.views[-1], view=view),),
        events=(EventView(record.released_at, HOSTILE, HOSTILE, HOSTILE),),
    )
    html = render_page(build_report(evil, link=HOSTILE))
    page = Page(html)
    assert not page.all("script")
    assert "<script" not in html
    assert not page.all("a")
    assert any("<script>alert('x')</script>" in text for text in page.words)


def test_a_record_of_nothing_still_has_a_page(record: Record) -> None:
    nothing = replace(record, views=(), events=(), samples=())
    words = " ".join(Page(render_page(build_report(nothing))).words)
    for sentence in (
        "the rollout was not watched",
        "nothing was measured",
        "No analysis was seen.",
        "no visitors were watched",
        "There were no events.",
        "errors-40 was never seen to start",
    ):
        assert sentence in words


def test_one_view_is_enough_for_a_page(record: Record) -> None:
    Page(render_page(build_report(replace(record, views=record.views[:1], samples=()))))


def test_the_same_record_is_the_same_page(record: Record, html: str) -> None:
    assert render_page(build_report(record)) == html


def test_a_release_that_came_as_a_commit_says_which_and_what_the_repository_still_says(record: Record) -> None:
    delivery = DeliveryView("1a2b3c4" + "0" * 33, "Synced", "Degraded")
    views = tuple(replace(seen, view=replace(seen.view, delivery=delivery)) for seen in record.views)
    report = build_report(replace(record, views=views))
    words = "Delivered by commit 1a2b3c4; rolled back in the cluster; the repository still says v4."
    assert report["delivery"] == {"commit": delivery.commit, "sync": "Synced", "health": "Degraded", "words": words}
    assert f"{words} Argo CD: Synced, Degraded." in "".join(Page(render_page(report)).words)
    assert "the repository still says v4." in report["story"][-1]["sentence"]
    assert build_report(record)["delivery"] is None
