"""Rendered manifests, moved to the namespace of a run and merged with what controllers have written since. Pure."""

import base64
import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from platforms.kube.objects import HASH, canary_of
from platforms.kube.resources import Object
from seam.errors import UserError

RUN = "faces.dev/run"
GENERATE = "faces.dev/generate"
INJECT = "linkerd.io/inject"
PART_OF = {"app.kubernetes.io/part-of": "faces"}
_RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
# What others refer to goes before those who refer to it. A Rollout is last: its controller looks at once.
_ORDER = ("ServiceAccount", "ConfigMap", "Secret", "Role", "RoleBinding", "Service", "AnalysisTemplate")


def placed(document: Mapping[str, Any], run: str) -> dict[str, Any]:
    """The document moved to the namespace of the run, which has the run's name, with the label of the run."""
    changed = copy.deepcopy(dict(document))
    home = document["metadata"].get("namespace")
    _move(changed, home, run)
    changed["metadata"] |= {"namespace": run, "labels": {**(changed["metadata"].get("labels") or {}), RUN: run}}
    if document["kind"] == "Rollout":
        for plugin in (canary_of(changed).get("trafficRouting") or {}).get("plugins", {}).values():
            plugin["namespace"] = run
    return changed


def namespace_of(documents: Iterable[Object], run: str) -> dict[str, Any]:
    """The run's namespace: pods are restricted, and what a Namespace among the documents adds goes before that."""
    metadata: dict[str, Any] = {"name": run, "labels": {**PART_OF, **_RESTRICTED}}
    for document in documents:
        if document["kind"] == "Namespace":
            for field in ("labels", "annotations"):
                metadata[field] = {**metadata.get(field, {}), **(document["metadata"].get(field) or {})}
    metadata["labels"][RUN] = run
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def is_meshed(documents: Iterable[Object]) -> bool:
    """Whether Linkerd gives every pod of these manifests a proxy: their Namespace asks for it."""
    namespaces = [document for document in documents if document["kind"] == "Namespace"]
    return any((one["metadata"].get("annotations") or {}).get(INJECT) == "enabled" for one in namespaces)


def with_annotations(documents: Iterable[Object], services: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """The documents, with these annotations on top of their Services' own: what a mesh does with requests to them.

    Raises UserError if there is no mesh to read them, or no such Service.
    """
    changed = [copy.deepcopy(dict(document)) for document in documents]
    if services and not is_meshed(changed):
        raise UserError(
            f"It takes retries or time limits of the mesh ({', '.join(sorted(services))}), and these manifests are of "
            "none. Use --manifests manifests/overlays/linkerd, the embedded platform, or another release."
        )
    known = {document["metadata"]["name"]: document for document in changed if document["kind"] == "Service"}
    for name, annotations in services.items():
        if name not in known:
            raise UserError(f"There is no Service {name!r} in these manifests, which the release needs.")
        metadata = known[name]["metadata"]
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **annotations}
    return changed


def in_order(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is applied inside the namespace, in the order in which it is applied."""

    def rank(document: Object) -> int:
        kind = str(document["kind"])
        return _ORDER.index(kind) if kind in _ORDER else len(_ORDER) + (kind == "Rollout")

    return sorted((document for document in documents if document["kind"] != "Namespace"), key=rank)


def with_token(secret: Object, live: Object | None, new_token: Callable[[], str]) -> dict[str, Any]:
    """A Secret that asks for a generated value gets one, or keeps the one that it has on the cluster."""
    changed = copy.deepcopy(dict(secret))
    key = (secret["metadata"].get("annotations") or {}).get(GENERATE)
    if key is None:
        return changed
    given = (changed.get("stringData") or {}).pop(key, "")
    kept = ((live or {}).get("data") or {}).get(key)
    data = changed.setdefault("data", {})
    if given:
        data[key] = _encoded(given)
    elif not data.get(key):
        data[key] = kept or _encoded(new_token())
    return changed


def token_of(secret: Object) -> str:
    """The value that was generated for it; "" if none was."""
    key = (secret["metadata"].get("annotations") or {}).get(GENERATE, "")
    return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()


def with_live_routing(document: Object, live: Object) -> dict[str, Any]:
    """The document with what the Rollouts controller has written into the live object, so that it stays.

    That is the pod template hash in a Service's selector, and the weights in whatever splits the traffic. To leave
    these fields out would not do: they stand in lists and maps that the API takes as a whole.
    """
    changed = copy.deepcopy(dict(document))
    if document["kind"] == "Service":
        hash_ = (live["spec"].get("selector") or {}).get(HASH)
        if hash_ and changed["spec"].get("selector"):
            changed["spec"]["selector"][HASH] = hash_
    elif document["kind"] != "Rollout":
        _keep_weights(changed.get("spec"), live.get("spec"))
    return changed


def replaced_spec(document: Object, live: Object) -> list[dict[str, Any]]:
    """A JSON patch that gives a live Rollout the spec of its manifest; 409 if `live` is not the newest state.

    Not server-side apply: what a release added to the template is of another patch, and would stay.
    """
    spec = dict(document["spec"])
    if "replicas" in live["spec"]:  # where the manifest leaves it open, an autoscaler may have its say
        spec.setdefault("replicas", live["spec"]["replicas"])
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/spec", "value": spec},
    ]


def check_owned(live: Object, run: str) -> None:
    """UserError if an object exists that is not the run's, where one of the run's is to be."""
    if (live["metadata"].get("labels") or {}).get(RUN) != run:
        kind, name = live["kind"], live["metadata"]["name"]
        raise UserError(f"{kind} {name} in namespace {run} was not created by this run; choose another namespace.")


def _move(value: Any, home: str | None, run: str) -> None:
    """Every reference to the namespace that the documents were written for, wherever a kind has such a field."""
    if isinstance(value, dict):
        if home is not None and value.get("namespace") == home:
            value["namespace"] = run
        for part in value.values():
            _move(part, home, run)
    elif isinstance(value, list):
        for part in value:
            _move(part, home, run)


def _keep_weights(value: Any, live: Any) -> None:
    """`weight` beside `name`, in lists: so do HTTPRoute, GRPCRoute and TraefikService name their destinations."""
    if isinstance(value, dict) and isinstance(live, dict):
        for key, part in value.items():
            _keep_weights(part, live.get(key))
    elif isinstance(value, list) and isinstance(live, list):
        weights = {_name(one): one["weight"] for one in live if _name(one) and "weight" in one}
        for index, part in enumerate(value):
            if _name(part) in weights:
                part["weight"] = weights[_name(part)]
            else:
                _keep_weights(part, live[index] if index < len(live) else None)


def _name(value: Any) -> str:
    return str(value.get("name") or "") if isinstance(value, dict) else ""


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
