from dataclasses import replace

from chaos.catalogue import find
from chaos.record import Record
from chaos.report import build_report, markdown_summary


def test_the_summary_says_verdict_checks_and_visitors_in_a_few_lines(record: Record) -> None:
    summary = markdown_summary(build_report(record))
    assert summary.startswith("### ✅ errors-40: Rolled back, as expected\n")
    assert "errors-40 was rolled back after 14.2 s" in summary
    assert "- ✅ **ended as expected**: errors-40 was rolled back, as expected." in summary
    assert "1,191 requests, 55 failed, 12 slow; P99 before 54 ms, during, at worst 640 ms, after 55 ms" in summary
    assert len(summary.splitlines()) < 16


def test_the_summary_of_a_missed_release_has_a_cross(record: Record) -> None:
    summary = markdown_summary(build_report(replace(record, release=find("good"))))
    assert summary.startswith("### ❌ good: Rolled back, but it should have been promoted\n")
    assert "- ❌ **ended as expected**: good was rolled back; it should have been promoted." in summary


def test_markdown_in_names_is_shown_as_it_is(record: Record) -> None:
    summary = markdown_summary(build_report(replace(record, platform="<b>|a\n# b", samples=())))
    assert r"on \<b\>\|a # b (" in summary
    assert "- **visitors**: 0 requests, 0 failed, 0 slow\n" in summary
    assert summary.startswith("### ❌ errors-40: Rolled back, but nobody knows whether visitors have recovered\n")
