import json
import re

from chaos.report import build_report, markdown_summary
from chaos.report.page import render_page
from chaos.report.writing import to_json
from tests.chaos.report.releases import TEMPLATES, under

DEMANDED = ["at least 99 %", "at most 10 %", "at most 200 ms"]


def test_what_a_template_demands_is_what_the_report_says() -> None:
    document = json.loads(to_json(build_report(under(TEMPLATES))))
    assert [(metric["demands"], metric["bound"]) for metric in document["metrics"]] == [
        ("at least 99 %", {"op": ">=", "value": 0.99}),
        ("at most 10 %", {"op": "<=", "value": 0.1}),
        ("at most 200 ms", {"op": "<=", "value": 200}),
    ]
    assert [one["demands"] for one in document["measurements"]] == DEMANDED * 2


def test_no_number_is_rounded_across_what_was_demanded() -> None:
    words = [one["words"] for one in build_report(under(TEMPLATES))["measurements"]]
    assert words == ["98.9 %", "2 %", "200 ms", "60.4 %", "10.04 %", "200.4 ms"]


def test_what_a_template_demands_is_what_the_page_says_and_draws() -> None:
    html = render_page(build_report(under(TEMPLATES)))
    for canvas in ("wide", "narrow"):
        start = html.index(f'<svg class="{canvas}"')
        drawn = re.findall(r"<text[^>]*>([^<]*)</text>", html[start : html.index("</svg>", start)])
        assert {"success-rate: at least 99 %", "unreachable: at most 10 %", "at most 200 ms"} <= set(drawn)
    assert re.findall(r'<td class="words">([^<]*)</td>', html) == DEMANDED * 3
    assert "95 %" not in html


def test_the_summary_names_what_saw_it() -> None:
    assert "success-rate Failed 2 of 2 times" in markdown_summary(build_report(under(TEMPLATES)))
