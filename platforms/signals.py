"""Which series a data plane measures, and the AnalysisTemplates that ask it for others, refused by name. Pure.

A data plane that splits traffic without being a mesh (Traefik) counts requests, answers and times, and has no word for
a denied call or a certificate. Who brings such a data plane says so in its manifests.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from platforms.measuring import Query, Series, wanted_series
from seam.errors import UserError

# On an object of the manifests: the series that it measures in Linkerd's words, with spaces in between.
ANNOTATION = "faces.dev/signals"
_OF_PROMETHEUS = re.compile(r"up|scrape_.+|ALERTS.*")
# Linkerd's words. What else a query names is not for the data plane to measure.
_OF_A_MESH = re.compile(r"(request|response)_total|response_latency_ms_.+|(inbound|outbound|tcp|route|control)_.+")


@dataclass(frozen=True, slots=True)
class DataPlane:
    """Its title in messages, and the names of the series that it measures.

    `alone`: whether Prometheus has them from nobody else, but for those that are Prometheus' own.
    """

    title: str
    series: frozenset[str]
    alone: bool = False

    def lacks(self, series: Series) -> bool:
        """Whether nobody will ever have measured it."""
        name = series.name
        somebody_elses = _OF_PROMETHEUS.fullmatch(name) if self.alone else not _OF_A_MESH.fullmatch(name)
        return not any(map(series.is_named, self.series)) and not somebody_elses


def check_signals(queries: Iterable[Query], data_plane: DataPlane) -> None:
    """Raises UserError for the first query that names a series which this data plane never has."""
    for template, metric, series in wanted_series(queries):
        if data_plane.lacks(series):
            has = ", ".join(sorted(data_plane.series))
            raise UserError(
                f"AnalysisTemplate {template}: metric {metric} asks for {series.name}, which {data_plane.title} does "
                f"not measure; it has {has}. Take the template out of the Rollouts' analyses."
            )
