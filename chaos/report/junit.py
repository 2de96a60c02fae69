"""The report as JUnit XML, which every CI system shows: one test case, the release."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from chaos.report.shape import Report
from chaos.report.wording import since_release

# XML 1.0 has no way to write these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The failure's message is the verdict, its text the checks; the story is the test case's output."""
    release = report["release"]
    duration = f"{_duration(report):.3f}"
    suite = {"name": "faces", "tests": "1", "failures": "0" if report["ok"] else "1", "errors": "0", "skipped": "0"}
    suite |= {"time": duration, "timestamp": report["started_at"]}
    case = {"name": release["fault"], "classname": f"{report['platform']}.{release['workload']}", "time": duration}
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<testsuites><testsuite{_attributes(suite)}>",
        f"<testcase{_attributes(case)}>",
        *_failure(report),
        f"<system-out>{_text(_story(report))}</system-out>",
        "</testcase>",
        "</testsuite></testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _duration(report: Report) -> float:
    """The seconds from the first visitor until nobody watched any more."""
    phases = report["visitors"]["phases"]
    return max(phases[-1]["end"] - phases[0]["start"], 0.0) if phases else 0.0


def _failure(report: Report) -> list[str]:
    if report["ok"]:
        return []
    checks = "\n".join(_check(check["ok"], check["name"], check["detail"]) for check in report["checks"])
    return [f"<failure message={_attribute(report['verdict'])}>{_text(checks)}</failure>"]


def _check(ok: bool, name: str, detail: str) -> str:  # noqa: FBT001
    return f"{'✓' if ok else '✗'} {name}: {detail}"


def _story(report: Report) -> str:
    link = [f"Commit or build: {report['link']}"] if report["link"] else []
    told = [f"{since_release(line['t']):>9}  {line['sentence']}" for line in report["story"]]
    return "\n".join([*link, *told, report["verdict"]])


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f" {name}={_attribute(value)}" for name, value in values.items())


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
