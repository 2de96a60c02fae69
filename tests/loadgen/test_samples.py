import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.samples import Sample, SampleWriter, follow, read_samples

ONE = Sample(t=1700000000.125, ms=12.5, kind="tile", ok=True, status=200, user="visitor-1", smiley="v2")

reasonable = st.builds(
    Sample,
    t=st.floats(0, 4e9),
    ms=st.floats(0, 1e5),
    kind=st.sampled_from(("tile", "page")),
    ok=st.booleans(),
    status=st.integers(0, 599),
    user=st.text(),
    error=st.none() | st.text(),
    smiley=st.none() | st.text(),
    color=st.none() | st.text(),
    face=st.none() | st.text(),
)


def lines(*samples: Sample) -> str:
    stream = io.StringIO()
    writer = SampleWriter(stream)
    for sample in samples:
        writer.write(sample)
    return stream.getvalue()


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.write(text)


@given(samples=st.lists(reasonable, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, samples: list[Sample]) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.ndjson"
    path.write_text(lines(*samples), encoding="utf-8", newline="")
    assert read_samples(path) == samples


def test_what_is_unknown_is_absent_from_the_line() -> None:
    assert json.loads(lines(ONE)) == {
        "t": 1700000000.125,
        "ms": 12.5,
        "kind": "tile",
        "ok": True,
        "status": 200,
        "user": "visitor-1",
        "smiley": "v2",
    }


def test_a_sample_is_in_the_file_before_the_writer_returns(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        SampleWriter(stream).write(ONE)
        assert read_samples(path) == [ONE]


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_half_written_last_line_is_left_out(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "log"
    path.write_text(lines(ONE, ONE)[:-cut], encoding="utf-8")
    assert read_samples(path) == [ONE]


def test_an_empty_log_has_no_samples(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    assert read_samples(path) == []


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("nonsense\n", "Invalid JSON"),
        ("\n", "Invalid JSON"),
        ('{"t": 1}\n', "ms: Field required"),
        (lines(ONE).replace("12.5", "-1"), "ms: "),
        (lines(ONE).replace("12.5", "NaN"), "ms: "),
        (lines(ONE).replace("}", ',"extra":1}'), "extra: "),
        (lines(ONE).replace('"tile"', '"picture"'), "kind: "),
    ],
)
def test_a_line_that_is_not_a_sample_is_named_with_its_number_and_field(tmp_path: Path, bad: str, named: str) -> None:
    path = tmp_path / "log"
    path.write_text(lines(ONE) + bad, encoding="utf-8")
    with pytest.raises(ValueError, match="line 2 is not a sample") as raised:
        read_samples(path)
    assert named in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_follower_gives_each_sample_once_as_lines_are_completed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    other = replace(ONE, user="visitor-é")
    text = lines(other)
    follower = follow(path)
    assert follower.poll() == []  # not even there yet
    append(path, lines(ONE) + text[:30])
    assert follower.poll() == [ONE]
    assert follower.poll() == []
    append(path, text[30:] + lines(ONE))
    assert follower.poll() == [other, ONE]
    assert follower.poll() == []


def test_a_follower_begins_anew_when_the_log_does(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(lines(ONE, ONE), encoding="utf-8")
    follower = follow(path)
    assert len(follower.poll()) == 2
    path.write_text(lines(ONE), encoding="utf-8")
    assert follower.poll() == [ONE]


def test_a_follower_names_the_line_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(lines(ONE, ONE), encoding="utf-8")
    follower = follow(path)
    follower.poll()
    append(path, "nonsense\n")
    with pytest.raises(ValueError, match="line 3 is not a sample"):
        follower.poll()


@given(samples=st.lists(reasonable, max_size=4), cuts=st.lists(st.integers(0, 2000), max_size=4))
def test_however_a_log_is_cut_into_writes_a_follower_sees_all_of_it(
    tmp_path_factory: pytest.TempPathFactory, samples: list[Sample], cuts: list[int]
) -> None:
    path = tmp_path_factory.getbasetemp() / "followed.ndjson"
    path.write_bytes(b"")
    data, follower, seen = lines(*samples).encode(), follow(path), list[Sample]()
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        with path.open("ab") as log:
            log.write(data[begin:end])
        seen += follower.poll()
    assert seen == samples
