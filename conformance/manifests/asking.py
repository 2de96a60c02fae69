"""Manifests, judged by both sides."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conformance import argo
from conformance.manifests.cases import Case, load
from conformance.manifests.drawing import draw
from conformance.manifests.verdicts import ACCEPTED, ARGO, Verdict, embedded, real
from conformance.table import Row, Table

# To each random scenario.
_DRAWN = 10
_ABOUT = """\
Each manifest is a sound Rollout or AnalysisTemplate with something changed in it, or a Rollout and the Services and
templates that it names. For Argo Rollouts speak the schema of its own CustomResourceDefinition (asked as the API server
asks it, unknown fields included), and the functions with which its controllers refuse a Rollout, make an AnalysisRun of
a template, and begin the run. Compared are whether it is accepted, who refuses it, which field, and Argo's text (of the
API server's text the kind of problem; the rest is counted apart). Argo leaves the name of the strategy out of its
paths; the engine names the field where it stands. What only Argo knows the engine refuses by name: that is neither
agreement nor disagreement, and is listed by itself."""


def compare(generated: int, seed: int, say: Callable[[str], None]) -> Table:
    """All cases of the sheets, and ten random ones to each random scenario. Raises what `argo.ask` raises."""
    by_hand = load()
    drawn = draw(by_hand, _DRAWN * generated, seed)
    answers = argo.ask(map(as_asked, [*by_hand, *drawn]), say)
    told = [*rows(by_hand, answers[: len(by_hand)]), *rows(drawn, answers[len(by_hand) :], drawn=True)]
    return Table("manifests", _ABOUT, tuple(told))


def as_asked(case: Case) -> Mapping[str, Any]:
    return {"kind": case.kind, "manifest": case.manifest}


def rows(cases: Iterable[Case], answers: Iterable[argo.Answer], *, drawn: bool = False) -> Iterator[Row]:
    for case, answer in zip(cases, answers, strict=True):
        ours = embedded(case)
        theirs = real(answer, ours)
        yield Row(str(case), theirs.told, ours.told, drawn, apart=ours.feature if _is_apart(case, theirs) else "")


def _is_apart(case: Case, theirs: Verdict) -> bool:
    """Whether the engine may refuse by name. Argo's rules about a Rollout come first; those about a template are asked
    of its run, and what is refused by name has none.
    """
    return theirs == ACCEPTED or (case.kind == "analysistemplate" and theirs.who == ARGO)
