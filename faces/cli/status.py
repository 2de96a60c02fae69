"""`faces status` for people."""

from rich.table import Table
from rich.text import Text

from faces.cli.drawing.overview import has_tree
from faces.cli.drawing.tree import tree
from faces.cli.place import Place
from faces.cli.terminal import TerminalConsole
from faces.cli.typed import typed
from seam.verdict import verdict
from seam.views import PlatformView, RolloutView


def print_status(name: str, view: PlatformView, place: Place) -> None:
    """`place` leads to this very run: what one can do next is shown as a command."""
    console = TerminalConsole()
    table = Table(title=f"{name} on {view.platform}: {view.engine}", title_justify="left")
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
    for rollout in view.rollouts:
        if len(view.rollouts) == 1 or has_tree(rollout):
            console.print(*(Text(), *tree(rollout)), sep="\n", soft_wrap=True)
    console.print()
    for rollout in view.rollouts:
        for trouble in troubles(rollout):
            console.print(trouble, soft_wrap=True)
    for rollout in view.rollouts:
        for line in next_steps(rollout, place):
            console.print(line, soft_wrap=True)


def troubles(rollout: RolloutView) -> list[str]:
    """Pods whose container has ended, waits, or does neither."""
    return [
        f"{pod.name}: {'ready' if pod.ready else 'not ready'}, {pod.trouble}"
        for replica_set in rollout.replica_sets
        for pod in replica_set.pods
        if pod.trouble
    ]


def next_steps(rollout: RolloutView, place: Place) -> list[str]:
    """What a person can do about a Rollout that waits for one."""
    name = rollout.name
    if rollout.pause_reason == "InconclusiveAnalysisRun" or rollout.pauses_until_promoted:
        return [f"Continue: {typed(f'promote {name}', place)}", f"Go back: {typed(f'abort {name}', place)}"]
    if rollout.aborted:
        return [f"Try {rollout.current_version} again: {typed(f'retry {name}', place)}"]
    return []
