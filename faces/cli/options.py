"""Options and arguments that several commands share."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.completing import releases, workloads

if TYPE_CHECKING:
    from presenter.listening import Listen

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
workload_argument = click.argument("workload", shell_complete=workloads)
release_option = click.option(
    "--as",
    "release",
    default="errors-40",
    show_default=True,
    shell_complete=releases,
    help="A release from `faces releases`, or a file of your own: FILE.yaml.",
)
version_option = click.option("--version", help="The new version's name (default: the next number, such as v2).")
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(1, 86400),
    default=600.0,
    show_default=True,
    help="Stop watching a release that has not ended after so many seconds.",
)
promote_pauses_option = click.option(
    "--promote-pauses", is_flag=True, help="With --auto: promote past pauses that wait for a person."
)
link_option = click.option("--link", help="What is released, as a link in the report: a commit, or a build.")
compare_option = click.option(
    "--compare",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The report.json of another release, shown beside this one in report.html.",
)
rate_option = click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    help="Requests per second; with ramp and burst, the most (default: 40, unless the release needs others).",
)
shape_option = click.option(
    "--shape",
    type=click.Choice(["steady", "ramp", "burst"]),
    help="How the rate changes. steady: it stays; ramp: up to --rate in a minute; burst: a quarter, with peaks "
    "(default: steady, unless the release needs another).",
)


def _listen(context: click.Context, parameter: click.Parameter, given: str | None) -> "Listen | None":
    del context, parameter
    if given is None:
        return None
    from presenter.listening import read_listen

    try:
        return read_listen(given)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def _grid(context: click.Context, parameter: click.Parameter, given: str | None) -> tuple[int, int] | None:
    del context, parameter
    if given is None:
        return None
    from faces.config import MOST_TILES

    found = re.fullmatch(r"([1-9][0-9]?)x([1-9][0-9]?)", given)
    rows, columns = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < max(rows, columns) <= MOST_TILES:
        raise click.BadParameter(
            f"{given!r} is not ROWSxCOLUMNS, at most {MOST_TILES}x{MOST_TILES}; write it as 10x20."
        )
    return rows, columns


def on_grid(page: str, grid: tuple[int, int] | None) -> str:
    """The page's address, and what stands behind it, with this grid of (rows, columns) in it; None: the app's own."""
    address, space, rest = page.partition(" ")
    return f"{address}?grid={grid[0]}x{grid[1]}{space}{rest}" if grid and address else page


grid_option = click.option(
    "--grid",
    callback=_grid,
    metavar="ROWSxCOLUMNS",
    help="How many tiles the page shows, up to 40x40 (default: 4x4, or as the manifests say).",
)
script_option = click.option(
    "--script",
    default="bad-v2",
    show_default=True,
    help="The talk's acts, with notes: bad-v2, slow, hang or good, or a file of your own: FILE.yaml.",
)
listen_option = click.option(
    "--listen",
    callback=_listen,
    metavar="ADDRESS[:PORT]",
    help="Also show the page to the room, to be looked at and no more, e.g. 0.0.0.0:8081; prints a QR code.",
)
present_port_option = click.option(
    "--present-port",
    type=click.IntRange(1, 65535),
    help="The port of the presenter's page, on this machine alone (default: 8090 or the next free one).",
)
