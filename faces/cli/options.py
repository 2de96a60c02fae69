"""Options and arguments that several commands share."""

import click

json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")
workload_argument = click.argument("workload")
rate_option = click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    default=40.0,
    show_default=True,
    help="Requests per second.",
)
shape_option = click.option(
    "--shape",
    type=click.Choice(["steady", "ramp", "burst"]),
    default="steady",
    show_default=True,
    help="How the number of visitors changes.",
)
