"""Has both sides validate all manifests."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conformance import argo
from conformance.manifests.cases import Case, load
from conformance.manifests.drawing import draw
from conformance.manifests.verdicts import ACCEPTED, ARGO, Verdict, embedded, real
from conformance.table import Row, Table

# Random manifests for each random scenario.
_DRAWN = 10
_ABOUT = """\
Each manifest is a valid Rollout or AnalysisTemplate with something changed, or a Rollout with the Services and
templates that it names. On Argo Rollouts' side it is checked by the schema of its CustomResourceDefinition (as the API
server does it, unknown fields included) and by the functions with which its controllers validate a Rollout, make an
AnalysisRun from a template, and start the run. Both sides must agree on whether it is accepted, on who refuses it and
which field, and on Argo's text (of the API server's text, on the kind of problem; the rest is counted separately).
Argo leaves the name of the strategy out of a field's path; the engine does not. Features that only Argo has are
refused by the engine, which names them: that counts neither as agreement nor as disagreement, and is listed
separately."""


def compare(generated: int, seed: int, say: Callable[[str], None]) -> Table:
    """All cases of the sheets, and ten random ones for each random scenario. Raises what `argo.ask` raises."""
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
    """Whether the engine may refuse it as unsupported. It checks Argo's rules about a Rollout first; those about a
    template only when its run starts, and an unsupported template has no run.
    """
    return theirs == ACCEPTED or (case.kind == "analysistemplate" and theirs.who == ARGO)
