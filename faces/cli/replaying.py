"""`faces replay`: the page of a release again, from its record."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.running import run

if TYPE_CHECKING:
    from chaos.record import Record


@click.command(short_help="Show a release on the page again, from its record.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--speed",
    type=click.FloatRange(0, 100, min_open=True),
    default=1.0,
    show_default=True,
    help="How fast it is played: 4 is four times as fast as it happened.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="The page's port (default: 8080, or the next free one).")
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
def replay(file: Path, speed: float, port: int | None, no_browser: bool) -> None:
    """Play FILE, the record of a release (record.ndjson.gz), on the page, until Ctrl-C.

    `faces demo --out DIR` writes the record beside its report. No platform is needed, and no run has to be up.
    """
    import sys

    from chaos.record import read_record

    record = read_record(file)
    run(_play(record, speed, port, browser=not no_browser and sys.stdout.isatty()))


async def _play(record: "Record", speed: float, port: int | None, *, browser: bool) -> None:
    import asyncio
    import webbrowser

    from faces.cli.replay import replaying

    async with replaying(record, speed, port) as (url, player):
        length = (record.ended_at - record.began_at) / speed
        click.echo(f"{record.workload} {record.version}, {record.release.name}, as it was on {record.platform}: {url}")
        click.echo(f"It takes {length:,.0f} s; look back with the slider below the line. Ctrl-C ends it.")
        if browser:
            await asyncio.to_thread(webbrowser.open, url)
        while not player.over:
            await asyncio.sleep(0.2)
        click.echo("It is over; the page stays up until Ctrl-C.")
        await asyncio.Event().wait()
