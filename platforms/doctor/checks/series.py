"""Whether Prometheus has the series that the AnalysisTemplates in use ask for."""

from platforms.doctor.checking import NotThere, failed, listed, ok, warning
from platforms.doctor.measured import SeriesSeen
from seam.doctor import Finding


def check(seen: SeriesSeen) -> Finding:
    """A series that is not there is no failure: counters begin with the first request."""
    if seen.problem:
        return failed(seen.problem.rstrip("."), "Correct the query: no release can be judged by it.")
    if not seen.total:
        raise NotThere("no AnalysisTemplate in use asks Prometheus for a series")
    if not seen.missing:
        return ok(f"all {seen.total} that the AnalysisTemplates ask for are there")
    names = list(dict.fromkeys(series for *_, series in seen.missing))
    template, metric, _ = seen.missing[0]
    asking = f"metric {metric}" + (f" of AnalysisTemplate {template}" if template else "")
    return warning(
        f"Prometheus lacks {listed(names)}, of {seen.total} series; {asking} asks for it",
        "If somebody visits, correct the query or the scrape configuration; if nobody does, `faces load` sends "
        "visitors. An empty answer is Inconclusive.",
    )
