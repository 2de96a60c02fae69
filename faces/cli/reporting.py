"""`faces report`: the report of a release, made again from its record."""

import json
from pathlib import Path

import click

from faces.cli.options import compare_option, json_option, link_option


@click.command(short_help="Make the report of a release again from its record.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where report.json and report.html go (default: beside FILE).",
)
@link_option
@compare_option
@json_option
def report(file: Path, out: Path | None, link: str | None, compare: Path | None, as_json: bool) -> None:
    """Make report.json and report.html again from FILE, the record of a release (record.ndjson.gz).

    `faces demo --out DIR` writes the record beside its report. No platform is needed, and no run has to be up.
    """
    from chaos.report import make_again, read_report, write_report
    from faces.cli.checks import check_out

    folder = out if out is not None else file.parent
    made = make_again(file, link=link)
    other = read_report(compare) if compare is not None else None
    check_out(folder)
    json_path, html_path = write_report(made, folder, compare=other)
    if as_json:
        told = {"report": str(json_path), "page": str(html_path), "verdict": made["verdict"], "ok": made["ok"]}
        click.echo(json.dumps(told))
    else:
        click.echo(f"{made['verdict']}\nThe report is in {html_path}; the same as JSON is in {json_path}.")
