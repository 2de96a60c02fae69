"""Every Rollout of a run: a line for each that is at rest, the tree of each that is not."""

from collections.abc import Iterator

from rich.text import Text

from faces.cli.drawing.marks import marked
from faces.cli.drawing.steps import is_out
from faces.cli.drawing.tree import tree
from seam.verdict import verdict
from seam.views import PlatformView, RolloutView


def has_tree(view: RolloutView) -> bool:
    """Whether more is to be said of it than that it serves everybody."""
    return is_out(view) or view.phase != "Healthy"


def overview(name: str, view: PlatformView, width: int | None = None) -> Iterator[Text]:
    """`name` is the run's. A Rollout that is alone is always a tree. `width` None: lines may be of any length."""
    yield Text(f"{name} on {view.platform}: {view.engine}", "bold")
    alone = len(view.rollouts) == 1
    longest = max((len(one.name) for one in view.rollouts), default=0)
    for one in view.rollouts:
        if not has_tree(one) and not alone:
            yield Text.assemble(f"{one.name:{longest}}  ", marked(one.phase), f"  {verdict(one)}")
    for one in view.rollouts:
        if has_tree(one) or alone:
            yield Text()
            yield from tree(one, width)
