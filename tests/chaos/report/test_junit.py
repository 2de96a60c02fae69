from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from chaos.catalogue import find
from chaos.record import Record
from chaos.report import build_report, junit


def case(xml: str) -> ET.Element:
    found = ET.fromstring(xml).find("./testsuite/testcase")
    assert found is not None
    return found


def test_a_release_is_one_test_case_with_its_story(record: Record) -> None:
    suite = ET.fromstring(junit(build_report(record, link="https://ci.example/7"))).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("timestamp")) == ("1", "0", "2026-05-28T20:26:40.000Z")
    release = suite.find("testcase")
    assert release is not None
    assert release.attrib == {"name": "errors-40", "classname": "embedded.smiley", "time": "36.000"}
    assert release.find("failure") is None
    story = (release.findtext("system-out") or "").splitlines()
    assert story[:2] == ["Commit or build: https://ci.example/7", "   +1.6 s  30 % of the traffic goes to v4."]
    assert "  +10.2 s  success-rate 78.4 %, at least 95 % demanded: Failed" in story
    assert story[-1].startswith("errors-40 was rolled back after 14.2 s; ")


def test_a_failure_has_the_verdict_and_the_checks(record: Record) -> None:
    report = build_report(replace(record, release=find("good")))
    failure = case(junit(report)).find("failure")
    assert failure is not None
    assert failure.get("message") == report["verdict"]
    assert (failure.text or "").splitlines() == [
        "✗ ended as expected: good was rolled back; it should have been promoted.",
        "✓ visitors recovered: 0 of 370 requests failed afterwards, P99 55 ms (before 54 ms, slow above 500 ms).",
    ]


@pytest.mark.parametrize("text", ["]]></system-out>&<\"'>", "a\x00b\x1b[31m\ud83d\ufffe", "two\nlines\tand \U0001f603"])
def test_hostile_text_is_valid_xml(record: Record, text: str) -> None:
    release = replace(find("good"), name=text)
    evil = replace(record, release=release, platform=text, workload=text, engine=text)
    xml = junit(build_report(evil, link=text)).encode()
    assert case(xml.decode()).get("classname", "").count(".") == 1


def test_what_nobody_visited_took_no_time_but_as_long_as_it_was_watched(record: Record) -> None:
    assert case(junit(build_report(replace(record, samples=(), views=())))).get("time") == "36.000"
