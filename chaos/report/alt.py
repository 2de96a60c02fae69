"""The plot in words, for who cannot see it: the same story, in the same order."""

from collections import Counter

from chaos.report.measured import measurements_of, metrics_of
from chaos.report.shape import MeasuredDict, MetricDict, Report
from chaos.report.spans import plateaus, time_span
from chaos.report.wording import counted, seconds


def plot_in_words(report: Report) -> str:
    """A few sentences with the figures that the plot shows."""
    opening = f"The release of {report['release']['fault']} over time."
    return " ".join([opening, _weight(report), _measured(report), _visitors(report)])


def _weight(report: Report) -> str:
    steps = plateaus(report["timeline"], time_span(report).end)
    if not steps:
        return "The rollout was not watched."
    path = ", ".join(f"{weight} % from {seconds(span.start)}" for weight, span in steps)
    ending = ""
    if report["time_to_rollback_s"] is not None:
        ending = f" It was rolled back {seconds(report['time_to_rollback_s'])} after the release."
    elif report["time_to_promotion_s"] is not None:
        ending = f" It was promoted {seconds(report['time_to_promotion_s'])} after the release."
    return f"The canary's share of the traffic was {path}.{ending}"


def _measured(report: Report) -> str:
    if not report["measurements"]:
        return "Nothing was measured."
    return " ".join(_metric(metric, measurements_of(report, metric)) for metric in metrics_of(report))


def _metric(metric: MetricDict, measurements: list[MeasuredDict]) -> str:
    subject = f"{metric['name']}, {metric['demands']} demanded," if metric["demands"] else metric["name"]
    if not measurements:
        return f"{subject} was never measured."
    phases = Counter(one["phase"] for one in measurements)
    verdicts = ", ".join(f"{count} {phase}" for phase, count in phases.items())
    text = f"{subject} was measured {counted(len(measurements), 'time')}: {verdicts}"
    bad = next((one for one in measurements if one["phase"] != "Successful"), None)
    return f"{text}." if bad is None else f"{text}, first {bad['phase']} at {seconds(bad['t'])} with {bad['words']}."


def _visitors(report: Report) -> str:
    hurt = [second for second in report["seconds"] if second["failed"] + second["slow"] > 0]
    if not report["seconds"]:
        return "No visitors were watched."
    if not hurt:
        return "No visitor's request failed or was slow in any second."
    worst = max(hurt, key=lambda second: second["failed"] + second["slow"])
    return (
        f"Visitors' requests failed or were slow in {counted(len(hurt), 'second')} "
        f"between {seconds(hurt[0]['t'])} and {seconds(hurt[-1]['t'] + 1)}, "
        f"most at {seconds(worst['t'])}: {worst['failed']:,} failed and "
        f"{worst['slow']:,} slow of {worst['requests']:,}."
    )
