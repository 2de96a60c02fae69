import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.record import Record
from chaos.report import ReportError, build_report, write_report


def test_both_files_are_written_into_a_new_directory_and_nothing_else_is_left(record: Record, tmp_path: Path) -> None:
    report = build_report(record)
    json_path, html_path = write_report(report, tmp_path / "runs" / "1")
    assert sorted((tmp_path / "runs" / "1").iterdir()) == [html_path, json_path]
    assert json.loads(json_path.read_text(encoding="utf-8")) == report
    assert html_path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_same_record_gives_the_same_bytes(record: Record, tmp_path: Path) -> None:
    first = write_report(build_report(record), tmp_path / "1")
    second = write_report(build_report(record), tmp_path / "2")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_an_older_report_is_replaced(record: Record, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("older", encoding="utf-8")
    json_path, _ = write_report(build_report(record), tmp_path)
    assert json.loads(json_path.read_text(encoding="utf-8"))["outcome"] == "rolled_back"


def test_a_text_that_is_not_unicode_does_not_stop_the_report(record: Record, tmp_path: Path) -> None:
    json_path, _ = write_report(build_report(replace(record, engine="half a \ud83d")), tmp_path)
    assert json.loads(json_path.read_text(encoding="utf-8"))["engine"] == "half a \ud83d"


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_a_directory_that_cannot_be_written_is_one_sentence(record: Record, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ReportError, match=r"cannot be written to '.*file.*': .*\. Name a directory"):
        write_report(build_report(record), tmp_path / below)


def test_a_failed_write_leaves_no_half_file(record: Record, tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()  # cannot be replaced by a file
    with pytest.raises(ReportError):
        write_report(build_report(record), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_plotting_library_is_loaded_only_by_who_writes() -> None:
    ask = "import sys, chaos.report; print('matplotlib' in sys.modules, 'jinja2' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]
