"""report.json and report.html in a directory: each whole, or not there at all."""

import json
import os
from pathlib import Path

from chaos.report.errors import ReportError
from chaos.report.shape import Report


def write_report(report: Report, directory: Path, *, compare: Report | None = None) -> tuple[Path, Path]:
    """Write both files (making the directory) and return the paths of the JSON and the HTML.

    The page holds `compare` beside the report. A reader never sees half a file: each is renamed into place. Raises
    ReportError if the directory is not writable.
    """
    from chaos.report.page import render_page  # noqa: PLC0415 (matplotlib takes a second: only who writes pays)

    files = {"report.json": to_json(report), "report.html": render_page(report, compare)}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        json_path, html_path = (_put(directory / name, text) for name, text in files.items())
    except OSError as error:
        raise ReportError(
            f"The report cannot be written to {str(directory)!r}: {error.strerror}. "
            "Name a directory that you may write to."
        ) from error
    return json_path, html_path


def to_json(report: Report) -> str:
    """Strict JSON (no NaN), in the order of the document."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _put(path: Path, text: str) -> Path:
    # In the same directory, as a rename is atomic only within one file system.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
