import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.record import write_record
from chaos.report import build_report
from tests.chaos.record.test_file import RECORD

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record as `faces demo --out` leaves it, alone in its folder."""
    file = tmp_path / "kept" / "record.ndjson.gz"
    write_record(RECORD, file)
    return file


def test_the_report_is_made_again_beside_its_record(faces: Run, record: Path) -> None:
    code, said, errors = faces("report", str(record))
    assert (code, errors) == (0, "")
    folder = record.parent
    made = json.loads((folder / "report.json").read_text())
    assert made == json.loads(json.dumps(build_report(RECORD, record_file=record.name)))
    assert "<svg" in (folder / "report.html").read_text()
    assert said.splitlines() == [
        made["verdict"],
        f"The report is in {folder / 'report.html'}; the same as JSON is in {folder / 'report.json'}.",
    ]


def test_the_report_goes_where_it_is_told_with_a_link_and_another_release_beside_it(
    faces: Run, record: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "record.ndjson.gz"
    write_record(replace(RECORD, version="v7"), other)
    assert faces("report", str(other))[0] == 0
    out = tmp_path / "again"
    words = ("--out", str(out), "--link", "https://example.com/commit/1234", "--json")
    code, said, errors = faces("report", str(record), *words, "--compare", str(other.parent / "report.json"))
    assert (code, errors) == (0, "")
    made = json.loads((out / "report.json").read_text())
    assert made["link"] == "https://example.com/commit/1234"
    assert json.loads(said) == {
        "report": str(out / "report.json"),
        "page": str(out / "report.html"),
        "verdict": made["verdict"],
        "ok": made["ok"],
    }
    page = (out / "report.html").read_text()
    assert "https://example.com/commit/1234" in page
    assert "smiley v7" in page
    assert {file.name for file in record.parent.iterdir()} == {"record.ndjson.gz"}


def test_what_is_no_record_is_refused_by_its_name(faces: Run, tmp_path: Path) -> None:
    missing = tmp_path / "record.ndjson.gz"
    assert faces("report", str(missing)) == (2, "", f"{missing}: cannot be read: No such file or directory.\n")
    missing.write_text("{}")
    code, said, errors = faces("report", str(missing))
    assert (code, said) == (2, "")
    assert errors.startswith(f"{missing}: is no record of this version of faces")
    assert errors.count("\n") == 1


def test_what_is_no_report_cannot_be_compared_with(faces: Run, record: Path, tmp_path: Path) -> None:
    other = tmp_path / "report.json"
    other.write_text("{}")
    code, said, errors = faces("report", str(record), "--compare", str(other))
    assert (code, said) == (2, "")
    assert errors.startswith(f"{other}: ")
    assert errors.count("\n") == 1
    assert {file.name for file in record.parent.iterdir()} == {"record.ndjson.gz"}


def test_a_folder_that_cannot_be_written_to_is_refused(faces: Run, record: Path) -> None:
    out = record / "below"
    code, said, errors = faces("report", str(record), "--out", str(out))
    assert (code, said) == (2, "")
    assert errors.startswith(f"--out {out}: no report can be written there: Not a directory.")
