"""A report.json read again. What is no report of this version is refused by file and field."""

import re
from pathlib import Path

import msgspec

from chaos.report.errors import ReportError
from chaos.report.shape import Report

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `\$(?P<where>[^`]*)`)?")
_WRONG = re.compile(r"(?P<what>.+) - at `\$(?P<where>[^`]*)`")


def read_report(file: Path) -> Report:
    """ReportError names the file, the field and the next step."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise ReportError(f"{file}: cannot be read: {error.strerror}. Name the report.json of a release.") from error
    except msgspec.ValidationError as error:
        raise ReportError(
            f"{file}: {_problem(str(error))}. It is no report.json of this version of faces; "
            "make it again from its record with this version, or run the release again."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"{file}: is no JSON: {error}. Name the report.json of a release.") from error


def _problem(message: str) -> str:
    """`visitors.phases[0].name: is missing`, from msgspec's own words."""
    missing = _MISSING.fullmatch(message)
    if missing:
        return f"{_field(missing['where'] or '', missing['field'])}: is missing"
    wrong = _WRONG.fullmatch(message)
    return f"{_field(wrong['where'])}: {wrong['what'][0].lower()}{wrong['what'][1:]}" if wrong else message


def _field(where: str, name: str = "") -> str:
    return ".".join(part for part in (where.strip("."), name) if part)
