"""Whether NetworkPolicies let one pod in to another. Pure.

https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod that no policy selects takes everybody
in; else whoever any of its policies lets in. Not every network enforces them.
"""

from collections.abc import Iterable, Mapping

from platforms.kube.resources import Object


def refused_by_network(policies: Iterable[Object], called: Object, caller: Object, namespace: Mapping[str, str]) -> str:
    """A sentence, or "". `policies` and `called` are of one namespace; `namespace` are the labels of the caller's.

    Ports are not looked at: a policy that lets the caller in at any is taken to let it in.
    """
    selecting = [one for one in policies if _is_about(one, called)]
    if not selecting or any(_lets_in(one, called, caller, namespace) for one in selecting):
        return ""
    names = ", ".join(sorted(str(one["metadata"]["name"]) for one in selecting))
    place, who = called["metadata"]["namespace"], caller["metadata"]["namespace"]
    return f"NetworkPolicy {names} in namespace {place} lets nobody in from namespace {who}"


def _is_about(policy: Object, called: Object) -> bool:
    spec = policy["spec"]
    ingress = "Ingress" in (spec.get("policyTypes") or ["Ingress"])
    return ingress and matches(spec.get("podSelector") or {}, called["metadata"].get("labels") or {})


def _lets_in(policy: Object, called: Object, caller: Object, namespace: Mapping[str, str]) -> bool:
    for rule in policy["spec"].get("ingress") or ():
        peers = rule.get("from")
        if not peers or any(_is_peer(peer, called, caller, namespace) for peer in peers):
            return True
    return False


def _is_peer(peer: Object, called: Object, caller: Object, namespace: Mapping[str, str]) -> bool:
    """A block of addresses is taken to hold the caller: pods' addresses change."""
    if "ipBlock" in peer:
        return True
    if "namespaceSelector" in peer:
        here = matches(peer["namespaceSelector"] or {}, namespace)
    else:
        here = called["metadata"]["namespace"] == caller["metadata"]["namespace"]
    return here and matches(peer.get("podSelector") or {}, caller["metadata"].get("labels") or {})


def matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """A LabelSelector; an empty one selects everything."""
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(one, labels) for one in selector.get("matchExpressions") or ()
    )


def _holds(one: Object, labels: Mapping[str, str]) -> bool:
    key, values = one["key"], one.get("values") or ()
    match one["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
