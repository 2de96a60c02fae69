"""report.html: one file that needs nothing else, neither a script nor the network.

The plot is drawn before (SVG), the styles are inside, and a content security policy forbids the browser to
fetch anything, so the page is as true from an e-mail or a CI artefact as from the machine that made it.
"""

import json

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chaos.report.alt import plot_in_words, plot_title
from chaos.report.palette import verdict_mark
from chaos.report.plot import render_plot
from chaos.report.shape import Report
from chaos.report.tails import tails
from chaos.report.wording import ms, percent, seconds, since_release


def render_page(report: Report) -> str:
    """The whole HTML document; every text of the report is escaped."""
    template = _environment().get_template("report.html.j2")
    svg = render_plot(report)
    body = svg[svg.index(">") + 1 :]
    return template.render(
        report=report,
        tails=tails(report["visitors"]["phases"]),
        view_box=_attribute(svg, "viewBox"),
        # Ours, not the reader's: matplotlib has escaped the texts in it.
        plot=Markup(body),  # noqa: S704
        plot_title=plot_title(report),
        plot_words=plot_in_words(report),
        faults=json.dumps(report["release"]["faults"], ensure_ascii=False),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chaos.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ms": ms, "seconds": seconds, "share": _share, "moment": since_release}
    environment.globals["mark"] = verdict_mark
    return environment


def _share(share: float) -> str:
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")


def _attribute(svg: str, name: str) -> str:
    start = svg.index(f'{name}="') + len(name) + 2
    return svg[start : svg.index('"', start)]
