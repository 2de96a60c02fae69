"""A record survives its file, and what is no record is refused by its name."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.catalogue import find
from chaos.record import End, FaultCount, Progress, Record, Seen, read_record, write_record
from loadgen.samples import Sample
from seam.errors import UserError
from seam.releases import FaultPlan, Outcome, PodChange, Release
from seam.values import Bound
from seam.views import EventView, MeasurementView, MetricView, PodView, ReplicaSetView
from tests.e2e_support.stubs import SMILEY

CANARY = replace(
    SMILEY,
    current_version="v2",
    canary_weight=30,
    release="errors-40",
    measurements=(MeasurementView(1002.5, "success-rate", "[0.6]", "Failed", "run-1", "why"),),
    metrics=(MetricView("success-rate", "run-1", unit="ratio", demands="at least 95 %", bound=Bound(">=", 0.95)),),
    events=(EventView(1001.0, "Paused", "m"),),
    replica_sets=(ReplicaSetView("rs", "bbb", 2, "v2", 1, 1, (PodView("p", ready=True, pid=7),)),),
)
RECORD = Record(
    platform="stub",
    engine="no engine",
    faces_version="0.1.0",
    workload="smiley",
    version="v2",
    release=Release(
        "mine",
        "Fails now and then.",
        Outcome.ROLLED_BACK,
        (FaultPlan({"error": {"fraction": 40}}, "color", 50, None, 2.0, 3.0),),
        ("success-rate",),
        PodChange({"A": "b"}, "image:1", ("sleep",), {"x": 1}, None, {"limits": {}}),
    ),
    began_at=990.0,
    released_at=1000.0,
    ended_at=1020.0,
    ended=End.SETTLED,
    reason="ä sentence",
    views=(Seen(1001.0, replace(CANARY, canary_weight=0)), Seen(1002.0, CANARY)),
    events=(EventView(1001.0, "RolloutUpdated", "m", "Warning"),),
    samples=(
        Sample(t=1000.5, ms=5, kind="tile", ok=True, status=200, user="u", smiley="v1"),
        Sample(t=1000.6, ms=5, kind="tile", ok=False, status=0, user="u", error="timeout"),
    ),
    injected=(FaultCount(1010.0, "smiley", "v2", "p", "error", 12),),
)


def test_a_record_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "new" / "record.ndjson.gz"
    write_record(RECORD, file)
    assert read_record(file) == RECORD
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_record_that_somebody_unpacked_is_read_as_well(tmp_path: Path) -> None:
    packed, plain = tmp_path / "record.ndjson.gz", tmp_path / "record.ndjson"
    write_record(RECORD, packed)
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    assert read_record(plain) == RECORD


def test_the_same_record_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_record(RECORD, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no record of this version of faces (it does not begin as one)"),
        (b"{}\n", "is no record"),
        (b'{"platform": "x"}\n', "is no record"),
        (b'{"format": "faces record 99"}\n', "its format is 'faces record 99', not 'faces record 1'"),
        (b"\x1f\x8b broken", "is not a whole record"),
        (b"\xff\xfe", "is not a whole record"),
    ],
)
def test_what_is_no_record_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "odd.gz"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_record(file)
    assert str(file) in str(caught.value)
    assert sentence in str(caught.value)


def test_half_a_record_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "record.ndjson.gz"
    write_record(RECORD, file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UserError, match="is not a whole record"):
        read_record(file)


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_record(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written: File exists"):
        write_record(RECORD, tmp_path / "file" / "record.ndjson.gz")


def test_progress_of_a_record_is_what_was_seen() -> None:
    progress = Progress.of(RECORD)
    assert progress.weights == [0, 30]
    (measured,) = progress.measurements
    assert (measured.words, measured.demands, measured.message) == ("60 %", "at least 95 %", "why")


def test_every_shipped_release_survives(tmp_path: Path) -> None:
    for name in ("turns-bad", "crash-loop"):
        record = replace(RECORD, release=find(name))
        write_record(record, tmp_path / name)
        assert read_record(tmp_path / name) == record
