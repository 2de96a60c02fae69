from dataclasses import replace

from chaos.catalogue import find
from chaos.report import ReleaseStory, build_report, markdown_summary


def test_the_summary_says_verdict_checks_and_visitors_in_a_few_lines(story: ReleaseStory) -> None:
    summary = markdown_summary(build_report(story))
    assert summary.startswith("### ✅ errors-40: rolled back\n")
    assert "errors-40 was rolled back after 14.2 s" in summary
    assert "- ✅ **ended as it should**: errors-40 was rolled back, as expected." in summary
    assert "1,191 requests, 55 failed, 12 slow; P99 before 78 ms, during 640 ms, after 78 ms" in summary
    assert len(summary.splitlines()) < 12


def test_the_summary_of_a_missed_release_has_a_cross(story: ReleaseStory) -> None:
    summary = markdown_summary(build_report(replace(story, release=find("good"))))
    assert summary.startswith("### ❌ good: rolled back\n")
    assert "- ❌ **ended as it should**: good was rolled back; expected was: promoted." in summary


def test_markdown_in_names_is_shown_as_it_is(story: ReleaseStory) -> None:
    summary = markdown_summary(build_report(replace(story, platform="<b>|a\n# b", visitors={})))
    assert r"on \<b\>\|a # b (" in summary
    assert "- **visitors**: 0 requests, 0 failed, 0 slow\n" in summary
