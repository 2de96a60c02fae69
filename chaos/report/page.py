"""report.html: one file that needs nothing else, neither a script nor the network.

The plots are drawn before (SVG), the styles are inside, and a content security policy forbids the browser to fetch
anything, so the page is as true from an e-mail or a CI artefact as from the machine that made it.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chaos.report.alt import plot_in_words
from chaos.report.canvas import NARROW, WIDE
from chaos.report.comparison import compare
from chaos.report.measured import measurements_of, metrics_of
from chaos.report.palette import VERDICTS, verdict_mark
from chaos.report.plot import render_plot
from chaos.report.shape import MetricDict, Report
from chaos.report.tails import tails
from chaos.report.wording import ms, percent, seconds, since_release


class Plot(NamedTuple):
    name: str
    view_box: str
    content: Markup


class Demand(NamedTuple):
    """A metric and how its measurements were judged: `4 times: 2 Failed, 2 Successful`."""

    metric: MetricDict
    measured: str


def render_page(report: Report, other: Report | None = None) -> str:
    """The whole HTML document; every text of the report is escaped. `other` is held beside it."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            tails=tails(report["visitors"]["phases"]),
            link_is_url=is_url(report["link"]),
            plots=list(_plots(report)),
            plot_words=plot_in_words(report),
            demands=list(_demands(report)),
            faults=json.dumps(report["release"]["faults"], ensure_ascii=False),
            comparison=compare(report, other) if other is not None else None,
            verdicts=VERDICTS,
        )
    )


def _plots(report: Report) -> Iterator[Plot]:
    for canvas in (WIDE, NARROW):
        svg = render_plot(report, canvas)
        # Ours, not the reader's: matplotlib has escaped the texts in it.
        yield Plot(canvas.name, _attribute(svg, "viewBox"), Markup(svg[svg.index(">") + 1 :]))  # noqa: S704


def _demands(report: Report) -> Iterator[Demand]:
    for metric in metrics_of(report):
        phases = Counter(one["phase"] for one in measurements_of(report, metric))
        judged = ", ".join(f"{count:,} {phase}" for phase, count in phases.items())
        yield Demand(metric, judged or "never")


def is_url(link: str | None) -> bool:
    """Whether a browser may follow it: no `javascript:`, no file."""
    try:
        parts = urlsplit(link or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chaos.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ms": ms, "seconds": seconds, "share": _share, "moment": since_release, "limit": _limit}
    environment.globals["mark"] = verdict_mark
    return environment


def _share(share: float) -> str:
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")


def _limit(limit: int) -> str:
    return "any number" if limit < 0 else f"{limit:,}"


def _attribute(svg: str, name: str) -> str:
    start = svg.index(f'{name}="') + len(name) + 2
    return svg[start : svg.index('"', start)]
