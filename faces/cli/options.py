"""Options and arguments that several commands share."""

from pathlib import Path

import click

from faces.cli.completing import releases, workloads

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
