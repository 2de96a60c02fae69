import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chaos.catalogue import find
from chaos.record import Record
from chaos.report import build_report
from chaos.report.page import render_page
from seam.releases import FaultPlan
from seam.views import EventView

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


@pytest.fixture
def html(record: Record) -> str:
    return render_page(build_report(record))


@pytest.fixture
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
    assert len(page.all("caption")) == len(page.all("table")) == 4
    assert all(header.get("scope") in {"col", "row"} for header in page.all("th"))
    plot = page.all("svg")[0]
    assert plot["role"] == "img"
    ids = [attrs.get("id") for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert set((plot["aria-labelledby"] or "").split()) <= set(ids)


def test_the_plot_is_told_in_words(page: Page) -> None:
    words = " ".join(page.words)
    assert "0 % from 0.3 s, 30 % from 1.6 s, 50 % from 8.7 s, 0 % from 14.2 s." in words
    assert "It was rolled back 14.2 s after the release." in words
    assert "success-rate was measured 4 times: 1 Inconclusive, 1 Successful, 2 Failed, first" in words
    assert "failed or were slow in 13 seconds between 2.0 s and 15.0 s, most at" in words


def test_the_plot_shows_panels_weights_verdicts_and_phases_as_text(html: str) -> None:
    svg = html[html.index("<svg") : html.index("</svg>")]
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert {"Canary's share of the traffic", "Measured success rate", "seconds since the release"} <= shown
    assert {"before", "weight 30", "after", "30 %", "50 %", "rolled back: 14.2 s", "demanded: 95 %"} <= set(shown)
    assert {"Successful", "Failed", "Inconclusive", "Error", "failed", "slow"} <= shown
    assert {"no value", "latency-p99-ms"} <= shown


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
    assert any("<script>alert('x')</script>" in text for text in page.words)


def test_a_record_of_nothing_still_has_a_page(record: Record) -> None:
    nothing = replace(record, views=(), events=(), samples=())
    words = " ".join(Page(render_page(build_report(nothing))).words)
    for sentence in (
        "the rollout was not watched",
        "no success rate was measured",
        "no visitors were watched",
        "There were no events.",
        "errors-40 was never seen to start",
    ):
        assert sentence in words


def test_one_view_is_enough_for_a_page(record: Record) -> None:
    Page(render_page(build_report(replace(record, views=record.views[:1], samples=()))))


def test_the_same_record_is_the_same_page(record: Record, html: str) -> None:
    assert render_page(build_report(record)) == html
