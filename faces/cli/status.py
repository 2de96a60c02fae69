"""`faces status` for people."""

from rich.console import Console
from rich.table import Table

from seam.verdict import verdict
from seam.views import PlatformView


def print_status(view: PlatformView) -> None:
    console = Console(highlight=False)
    table = Table(title=f"{view.platform}: {view.engine}", title_justify="left")
    for column in ("rollout", "phase", "revision", "step", "canary", "verdict"):
        table.add_column(column)
    for rollout in view.rollouts:
        step = "" if rollout.current_step_index is None else f"{rollout.current_step_index}/{len(rollout.steps)}"
        table.add_row(
            rollout.name,
            rollout.phase,
            str(rollout.revision),
            step,
            f"{rollout.canary_weight} %",
            verdict(rollout),
        )
    console.print(table)
