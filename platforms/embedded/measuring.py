"""The Prometheus queries of a run's AnalysisTemplates."""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from platforms.embedded.manifests import Manifests
from platforms.measuring import Query
from platforms.metrics import with_known_arguments
from rollouts.analysis import AnalysisTemplate
from rollouts.analysis.merging import chosen
from rollouts.validation.references import analyses_of


def queries_of(manifests: Manifests, hosts: Collection[str]) -> list[Query]:
    """What the Rollouts' AnalysisTemplates ask of the run's own Prometheus: of no address, or of one of these hosts."""
    found = []
    for template in _used(manifests):
        known = {argument.name: argument.value for argument in template.args if argument.value is not None}
        for written in template.metrics:
            metric = with_known_arguments(written, (argument.name for argument in template.args), known)
            asked = metric.provider.prometheus
            if asked is not None and (not asked.address or urlsplit(asked.address).hostname in hosts):
                found.append(Query(template.name, metric.name, asked.query))
    return found


def _used(manifests: Manifests) -> Iterable[AnalysisTemplate]:
    """The templates of all analyses, those included that others name."""
    used: dict[str, AnalysisTemplate] = {}
    for rollout in manifests.rollouts.values():
        for _, analysis in analyses_of(rollout):
            keys = [reference.key for reference in analysis.templates]
            used |= {template.key: template for template in chosen(keys, manifests.templates)}
    return used.values()
