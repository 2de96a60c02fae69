import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.cli.short_form import ShortFormError, completions, example, parse, write
from faces.faults import parse_model
from faces.faults.describing import Kind, Setting, describe

KINDS = describe()
NAMES = [kind.name for kind in KINDS]


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ("error=40 cells=edge", {"error": {"fraction": 40, "cells": "edge"}}),
        ("tail_latency=10%:2s", {"tail_latency": {"fraction": 10, "ms": 2000}}),
        ("tail_latency=10:2.5s", {"tail_latency": {"fraction": 10, "ms": 2500}}),
        ("tail_latency=10%:800", {"tail_latency": {"fraction": 10, "ms": 800}}),
        ("error=40% hang=5%", {"error": {"fraction": 40}, "hang": {"fraction": 5}}),
        ("error=0.5%:503", {"error": {"fraction": 0.5, "status": 503}}),
        ("error=1 status=503", {"error": {"fraction": 1, "status": 503}}),
        ("error status=503 fraction=1", {"error": {"status": 503, "fraction": 1}}),
        ("hang=1 user=alice error=2", {"hang": {"fraction": 1, "user": "alice"}, "error": {"fraction": 2}}),
        (
            "user=a=b,c:d error=1 hang=2",
            {"error": {"user": "a=b,c:d", "fraction": 1}, "hang": {"user": "a=b,c:d", "fraction": 2}},
        ),
        (
            "cells=edge error=1 hang=2 cells=center",
            {"error": {"cells": "edge", "fraction": 1}, "hang": {"cells": "center", "fraction": 2}},
        ),
        ("delay=0,50,200ms", {"delay": {"buckets_ms": [0, 50, 200]}}),
        ("delay=0,1,2s", {"delay": {"buckets_ms": [0, 1000, 2000]}}),
        ("delay=50ms,1,2s", {"delay": {"buckets_ms": [50, 1000, 2000]}}),
        ("rate_limit=20", {"rate_limit": {"max_rate": 20}}),
        ("rate_limit=20/s", {"rate_limit": {"max_rate": 20}}),
        ("readiness=50%:0.1s", {"readiness": {"fraction": 50, "period_s": 0.1}}),
        ("readiness drop_on_shutdown", {"readiness": {}, "drop_on_shutdown": {}}),
        (
            "crash=20/s memory=15MB/s:90MB cpu=0.5",
            {"crash": {"above": 20}, "memory": {"mb_per_s": 15, "up_to_mb": 90}, "cpu": {"cores": 0.5}},
        ),
        ("latch=20%:503:500ms", {"latch": {"fraction": 20, "status": 503, "idle_s": 0.5}}),
    ],
)
def test_words_are_faults(words: str, faults: dict[str, Any]) -> None:
    assert parse(words.split(), KINDS) == faults


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("error=140", "error=140: fraction cannot be 140; it may be 0 to 100 %, for example error=40%."),
        ("error=-1%", "error=-1%: fraction cannot be -1%; it may be 0 to 100 %, for example error=40%."),
        ("error=some", "error=some: fraction cannot be some; it may be 0 to 100 %, for example error=40%."),
        ("error=4s", "error=4s: fraction cannot be 4s; it may be 0 to 100 %, for example error=40%."),
        ("error=٣", "error=٣: fraction cannot be ٣; it may be 0 to 100 %, for example error=40%."),
        ("error", "error: fraction is missing: 0 to 100 %, for example error=40%."),
        ("error=", "error=: fraction has no value; it may be 0 to 100 %, for example error=40%."),
        ("hang=1:2", "hang=1:2: hang takes no more than fraction, for example hang=10%."),
        (
            "error=1:450.5",
            "error=1:450.5: status has to be a whole number, not 450.5: 400 to 599, for example error=40%.",
        ),
        ("error=4 hang=2 error=5", "error=5: error was given already, by error=4; say it once."),
        ("error=4 cells=edge cells=center", "cells=center: cells was given already; say it once for each fault."),
        ("error=4 status=500 error=5", "error=5: error was given already, by error=4; say it once."),
        ("error=4:500 status=503", "status=503: status was given already; say it once for each fault."),
        (
            "tail_latency=10%",
            "tail_latency=10%: ms is missing: more than 0, at most 600000 ms, for example tail_latency=10%:800ms.",
        ),
        ("cells=edge", "cells=edge is no fault and none follows it; for example cells=edge error=40%."),
        (
            "cells=top error=4",
            "cells=top: cells cannot be top; it may be center or edge, for example cells=edge error=40%.",
        ),
        ("error=4 cells", "cells: cells has no value; it may be center or edge, for example error=40%."),
        (
            "latch=1:500:x",
            "latch=1:500:x: idle_s cannot be x; it may be 0 to 86400 s, for example latch=20%.",
        ),
    ],
)
def test_what_is_no_fault_is_one_sentence_with_the_word_what_it_may_be_and_an_example(
    words: str, sentence: str
) -> None:
    with pytest.raises(ShortFormError) as refused:
        parse(words.split(), KINDS)
    assert str(refused.value) == sentence


def test_each_value_of_a_list_has_to_be_there() -> None:
    with pytest.raises(
        ShortFormError, match=r"^delay=0,,3: buckets_ms has no value; it may be a list of numbers, 0 to "
    ):
        parse(["delay=0,,3"], KINDS)


def test_a_word_that_nobody_knows_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(ShortFormError) as refused:
        parse(["banana=3"], KINDS)
    assert str(refused.value) == (
        f"banana=3: there is no fault or field 'banana'. Faults are {', '.join(NAMES)}; "
        "fields of most faults are cells, user, after_s. For example error=40%."
    )
    with pytest.raises(
        ShortFormError, match=r"; fields of hang are fraction, cells, user, after_s\. For example hang=10%\.$"
    ):
        parse(["hang=3", "status=503"], KINDS)


def test_no_kind_of_fault_has_the_name_of_a_field() -> None:
    fields = {setting.name for kind in KINDS for setting in kind.fields}
    assert not fields & set(NAMES)


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_each_kind_has_an_example_in_short_that_says_the_same_as_its_json(kind: Kind) -> None:
    assert parse(example(kind, KINDS).split(), KINDS) == json.loads(kind.example)


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_each_field_of_each_kind_can_be_said_in_short(kind: Kind) -> None:
    for setting in kind.fields:
        assert setting.type in ("number", "integer", "text"), setting


def test_what_is_offered_to_begin_with_is_understood() -> None:
    offered = completions(KINDS)
    for word in offered:
        assert parse([word] if word.partition("=")[0] in NAMES else [word, "error=1"], KINDS)
    assert {"error=40%", "cells=center", "cells=edge"} <= offered.keys()


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    if setting.choices:
        return st.sampled_from(setting.choices)
    if setting.type == "text":
        return st.text(min_size=1)
    low = 0 if setting.minimum is None else math.ceil(setting.minimum)
    high = 100_000 if setting.maximum is None else int(setting.maximum)
    low += setting.exclusive_minimum is not None
    one = st.integers(low, high)
    if setting.type == "number":
        one = one | st.decimals(low, high, places=3).map(float)
    return st.lists(one, min_size=1, max_size=5) if setting.many else one


@st.composite
def faults_of_any_kind(draw: st.DrawFn) -> dict[str, Any]:
    faults: dict[str, Any] = {}
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, unique_by=lambda kind: kind.name)):
        given = [one for one in kind.fields if one.required or draw(st.booleans())]
        faults[kind.name] = {one.name: draw(values_of(one)) for one in given}
    return faults


@given(faults_of_any_kind())
def test_whatever_can_be_said_as_json_can_be_said_in_short(faults: dict[str, Any]) -> None:
    assert parse(write(faults, KINDS), KINDS) == faults
    parse_model(json.dumps(faults))


PIECES = st.sampled_from(
    [*NAMES, "cells", "user", "status", "edge", "=", ":", ",", "%", "ms", "s", "4", "1e9", "-", ""]
)


@given(st.lists(st.one_of(st.text(min_size=1), st.lists(PIECES, min_size=1).map("".join)), min_size=1))
def test_any_words_are_faults_that_the_app_takes_or_one_sentence(words: list[str]) -> None:
    try:
        faults = parse(words, KINDS)
    except ShortFormError as refused:
        assert any(word in str(refused) for word in words)  # noqa: PT017 - either is right
    else:
        assert set(parse_model(json.dumps(faults)).as_json()) == set(faults)
