from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rollouts import pod_template_hash, steps_hash
from rollouts.durations import pause_seconds
from rollouts.golang.durations import parse_duration
from rollouts.hashing import fnv1a_32, safe_encode


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (10, 10),
        ("10", 10),
        ("0", 0),
        ("90s", 90),
        ("1h30m", 5400),
        ("1.5m", 90),
        ("500ms", 0),
        ("1m500ms", 60),
        (".5h", 1800),
        ("-5", -5),
        ("-500ms", 0),
        ("-2s", -2),
        ("1d", -1),
        ("", -1),
        ("s", -1),
        ("1 s", -1),
        ("99999999999", -1),
    ],
)
def test_a_pause_counts_whole_seconds_as_argo_does(duration: int | str, seconds: int) -> None:
    assert pause_seconds(duration) == seconds


def test_a_go_duration_is_exact_and_needs_a_unit() -> None:
    assert parse_duration("1m0.1s") == Fraction(601, 10)
    with pytest.raises(ValueError, match="'10' is not a duration"):
        parse_duration("10")


@pytest.mark.parametrize(("data", "checksum"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)])
def test_fnv_1a_gives_its_published_checksums(data: bytes, checksum: int) -> None:
    assert fnv1a_32(data) == checksum


def test_decimal_digits_are_spelled_as_in_the_hashes_of_kubernetes() -> None:
    assert safe_encode("0123456789") == "456789bcdf"


def test_a_pod_templates_hash_ignores_the_order_of_keys_and_nothing_else() -> None:
    one: dict[str, Any] = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {}}
    same: dict[str, Any] = {"spec": {}, "metadata": {"labels": {"b": "2", "a": "1"}}}
    other: dict[str, Any] = {"spec": {"x": 1}, "metadata": {"labels": {"b": "2", "a": "1"}}}
    assert pod_template_hash(one) == pod_template_hash(same) != pod_template_hash(other)


def test_the_hash_of_steps_is_taken_over_gos_json() -> None:
    text = b'[{"setWeight":30},{"pause":{}},{"analysis":{"args":[{"name":"a","value":"\\u003cb\\u0026"}]}}]'
    steps = [{"setWeight": 30}, {"pause": {}}, {"analysis": {"args": [{"name": "a", "value": "<b&"}]}}]
    assert steps_hash(steps) == safe_encode(str(fnv1a_32(text)))
    assert steps_hash([]) == safe_encode(str(fnv1a_32(b"null")))
