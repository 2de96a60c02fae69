"""report.html: one file that needs nothing else, neither a script nor the network.

The plot is drawn before (SVG), the styles are inside, and a content security policy forbids the browser to
fetch anything, so the page is as true from an e-mail or a CI artefact as from the machine that made it.
"""

import json

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chaos.report.alt import plot_in_words, plot_title
from chaos.report.document import Report
from chaos.report.palette import verdict_mark
from chaos.report.plot import render_plot
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
        headline=headline(report),
        view_box=_attribute(svg, "viewBox"),
        # Ours, not the reader's: matplotlib has escaped the texts in it.
        plot=Markup(body),  # noqa: S704
        plot_title=plot_title(report),
        plot_words=plot_in_words(report),
        faults=json.dumps(report["release"]["faults"], ensure_ascii=False),
    )


def headline(report: Report) -> str:
    """The ending and whether it was right, in a few words."""
    ending = report["outcome"].replace("_", " ").capitalize()
    if report["outcome"] != report["expected"]:
        return f"{ending}, but it should have been {report['expected'].replace('_', ' ')}"
    return f"{ending}, as it should be" if report["ok"] else f"{ending}, but visitors are not well again"


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
