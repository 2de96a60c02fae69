import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.judging import Answer, Verdict, judge, shorten

GOOD: dict[str, Any] = {
    "smiley": "U+1F603",
    "color": "blue",
    "versions": {"face": "v1", "smiley": "v2", "color": "v3"},
}


def tile(**changed: Any) -> Answer:
    return Answer(200, json.dumps({**GOOD, **changed}).encode())


def test_the_expected_tile_is_good_and_names_its_versions() -> None:
    assert judge("tile", tile()) == Verdict(error=None, face="v1", smiley="v2", color="v3")


def test_an_empty_list_of_errors_is_as_good_as_none() -> None:
    assert judge("tile", tile(errors=[])) == judge("tile", tile())


def test_a_cursing_face_is_a_failure_although_it_comes_with_200() -> None:
    verdict = judge("tile", tile(errors=["smiley: HTTP 500", "color: timeout"], smiley="🤬"))
    assert verdict.error == "smiley: HTTP 500"
    assert verdict.smiley == "v2"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(0, broken="timeout"), "timeout"),
        (Answer(200, b'{"smiley"', broken="broken answer"), "broken answer"),
        (Answer(503, b"upstream connect error"), "HTTP 503"),
        (Answer(204), "HTTP 204"),
        (Answer(200, b""), "not JSON"),
        (Answer(200, b"<html>"), "not JSON"),
        (Answer(200, b"\xff\xfe"), "not JSON"),
        (Answer(200, b"[" * 100_000), "not JSON"),
        (Answer(200, b"[]"), "not a tile"),
        (Answer(200, b"{}"), "nothing to paint"),
        (tile(errors=None), "not a tile"),
        (tile(errors="none"), "not a tile"),
        (tile(errors=[""]), "unnamed error"),
        (tile(smiley=None), "nothing to paint"),
        (tile(color=""), "nothing to paint"),
    ],
)
def test_anything_else_is_a_failure_with_a_reason(answer: Answer, expected: str) -> None:
    assert judge("tile", answer).error == expected


@pytest.mark.parametrize("versions", [None, [], "v1", {}, {"smiley": None, "color": 3, "face": ""}])
def test_a_tile_that_does_not_name_versions_is_still_judged(versions: object) -> None:
    assert judge("tile", tile(versions=versions)) == Verdict()


def test_a_page_needs_only_a_200() -> None:
    assert judge("page", Answer(200, b"<!doctype html>")) == Verdict()
    assert judge("page", Answer(404)).error == "HTTP 404"


@given(st.binary(max_size=200), st.integers(0, 599))
def test_no_answer_whatever_breaks_the_judge(body: bytes, status: int) -> None:
    verdict = judge("tile", Answer(status, body))
    assert verdict.error is None or 0 < len(verdict.error) <= 80


@given(st.text())
def test_a_reason_is_one_short_line(reason: str) -> None:
    short = shorten(reason)
    assert len(short) <= 80
    assert short.splitlines() in ([short], [])
