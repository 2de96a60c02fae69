"""The verdict of one side on a manifest: who refuses it, which field, and why."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from conformance.argo import Answer as OracleAnswer
from conformance.manifests.cases import Case, Document
from conformance.table import Answer
from rollouts.analysis import AnalysisRunRequest, AnalysisTemplate, Phase, RunKind, build_run, parse_analysis_template
from rollouts.errors import Invalid, Malformed, Unsupported
from rollouts.spec import parse_rollout
from rollouts.validation.references import first_reference_problem

API_SERVER, ARGO, ENGINE = "the API server", "Argo Rollouts", "the engine, by name"
_WHO = {"schema": API_SERVER, "run": ARGO, "rules": ARGO}
_KINDS = (("unknown field", "Unknown"), ("must be ", "another kind"))
_IN_GO = re.compile(r"Go (?:struct field \w+|value of type v1)\.(\S+)")
_EMBEDDED = re.compile(r"\b[A-Z]\w+\.")  # a Go type embedded in another one
# An unterminated tag takes in the JSON behind it, and Go writes that in another order.
_SWALLOWED = re.compile(r"(?<=failed to resolve \{\{)([^\"]*\").*")
_LEFT_OUT = re.compile(r"(?<=^spec\.strategy)\.(canary|blueGreen)(?=\.)|(?<=^spec\.template)\.metadata(?=\.)")


class Verdict(NamedTuple):
    """`why` is Argo's text, or the kind of problem for the API server, whose text is in `words`. `feature` is what the
    engine does not support.
    """

    who: str = ""
    field: str = ""
    why: str = ""
    words: str = ""
    feature: str = ""

    @property
    def told(self) -> Answer:
        if not self.who:
            return Answer("accepted")
        where = f"{self.field}: " if self.field else ""
        return Answer(f"refused by {self.who}: {where}{self.why}", self.words)


ACCEPTED = Verdict()


def embedded(case: Case) -> Verdict:
    try:
        why = _judged(case.kind, case.manifest)
    except Malformed as error:
        return Verdict(API_SERVER, error.field, _kind(error.message), error.message.partition("; ")[0])
    except Invalid as error:
        return Verdict(ARGO, _as_argo_has_it(error.field), error.message)
    except Unsupported as error:
        feature = error.message.partition(";")[0].removeprefix("this engine does not support ")
        named = f"the field {error.field}" if feature == "the field" else feature
        return Verdict(ENGINE, error.field, error.message, feature=named)
    return Verdict(ARGO, "", _SWALLOWED.sub(r"\1…", why)) if why else ACCEPTED


def _judged(kind: str, manifest: Document) -> str:
    """Why a run of the template fails at its start; raises SpecError for a template that is refused before."""
    if kind == "rollout":
        parse_rollout(manifest)
        return ""
    if kind == "release":
        _check_release(manifest)
        return ""
    template = parse_analysis_template(manifest)
    try:
        run = build_run(_request(template), {template.name: template}, _secrets(template))
    except Invalid as error:
        return error.message  # Argo names no field of a template
    return run.status.message if run.status.phase is Phase.ERROR else ""


def _check_release(manifest: Document) -> None:
    rollout = parse_rollout(manifest["rollout"])
    documents = [
        {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        for kind, field in (("AnalysisTemplate", "templates"), ("ClusterAnalysisTemplate", "clusterTemplates"))
        for name, spec in manifest.get(field, {}).items()
    ]
    templates = [parse_analysis_template(document) for document in documents]
    around = {template.key: template for template in templates}
    problem = first_reference_problem(rollout, around, manifest.get("services", {}))
    if problem is not None:
        raise problem


def _request(template: AnalysisTemplate) -> AnalysisRunRequest:
    return AnalysisRunRequest("run", RunKind.STEP, "", 1, (template.name,), {})


def _secrets(template: AnalysisTemplate) -> Mapping[tuple[str, str], str]:
    found = [argument.secret for argument in template.args if argument.secret is not None]
    return {(secret.name, secret.key): "hidden" for secret in found}


def real(answer: OracleAnswer, ours: Verdict) -> Verdict:
    """The verdict of Argo's code. Problems with the schema have no order: of several, the one that `ours` names."""
    if "refusedBy" not in answer:
        return ACCEPTED
    who, problems = _WHO[answer["refusedBy"]], answer["problems"]
    if who == ARGO:
        return _of_rules(problems[0], ours)
    told = [_of_shape(problem, ours) for problem in problems]
    return next((one for one in told if one[:3] == ours[:3]), told[0])


def _of_rules(problem: Mapping[str, Any], ours: Verdict) -> Verdict:
    """`text` without the value at its beginning, which the engine leaves out."""
    text = problem["text"]
    why = ours.why if f": {text}".endswith(f": {ours.why}") else _SWALLOWED.sub(r"\1…", text)
    return Verdict(ARGO, _as_argo_has_it(problem.get("path", "")), why)


def _of_shape(problem: Mapping[str, Any], ours: Verdict) -> Verdict:
    field, text = problem.get("path", ""), problem["text"]
    if not field and ours.who == API_SERVER and (_names(text, ours.field) or text == ours.words):
        return Verdict(API_SERVER, ours.field, ours.why, text)  # no field, because Go's types refuse it
    return Verdict(API_SERVER, field, problem.get("type") or _kind(text), text)


def _names(text: str, field: str) -> bool:
    """Whether Go's own error is about the field, or about one that contains it."""
    named = _IN_GO.search(text)
    if named is None:
        return False
    path = _EMBEDDED.sub("", named[1]).replace("ObjectMeta", "metadata")
    if "ObjectMeta." in text:
        path = f"metadata.{path}"
    return (re.sub(r"\[\d+\]", "", field) + ".").startswith(f"{path}.")


def _kind(message: str) -> str:
    return next((kind for start, kind in _KINDS if message.startswith(start)), message.partition(":")[0])


def _as_argo_has_it(field: str) -> str:
    return _LEFT_OUT.sub("", field)
