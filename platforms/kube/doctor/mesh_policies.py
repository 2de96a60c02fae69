"""Whether Linkerd's policies let the Rollouts controller in to Prometheus. Pure.

A Server that selects a pod's port shuts it for everybody but those whom an AuthorizationPolicy for it names, by
their identity in the mesh or by their network. linkerd-viz's own names one ServiceAccount, and it is not Argo's.
"""

from collections.abc import Iterator, Sequence

from platforms.doctor.checking import NotThere
from platforms.kube.doctor.kinds import (
    AUTHORIZATION_POLICIES,
    MESH_AUTHENTICATIONS,
    NETWORK_AUTHENTICATIONS,
    SERVERS,
)
from platforms.kube.doctor.network_policies import matches
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.doctor.pods import is_meshed
from platforms.kube.resources import Object, Resource

# The proxy injector copies it from the namespace to its pods.
_DEFAULT = "config.linkerd.io/default-inbound-policy"
_EVERYBODY = ("*",)
_OPEN = ("all-unauthenticated", "cluster-unauthenticated")


def refused_by_mesh(seen: Observed, called: Object, caller: Object) -> str:
    """A sentence, or "". Nothing is refused where the called pod has no proxy."""
    if not is_meshed(called):
        return ""
    servers = [one for one in _all(seen, SERVERS) if matches(one["spec"].get("podSelector") or {}, _labels(called))]
    default = (called["metadata"].get("annotations") or {}).get(_DEFAULT, "")
    if not servers and (default == "deny" or (default.endswith("-authenticated") and not is_meshed(caller))):
        who = f"{_account(caller)} of namespace {caller['metadata']['namespace']}"
        return f"the pod of Prometheus has {_DEFAULT}: {default}, which lets no {who} in"
    for server in servers:
        if server["spec"].get("accessPolicy") in _OPEN or _lets_in(seen, server, caller):
            continue
        who = f"{_account(caller)} of namespace {caller['metadata']['namespace']}"
        outside = "" if is_meshed(caller) else ", which has no proxy and so no identity"
        return f"Server {server['metadata']['name']} of Prometheus lets no {who} in{outside}"
    return ""


def _lets_in(seen: Observed, server: Object, caller: Object) -> bool:
    """Each of a policy's authentications has to hold."""
    for policy in _all(seen, AUTHORIZATION_POLICIES):
        target = policy["spec"].get("targetRef") or {}
        about = target.get("kind") == "Namespace" or (
            target.get("kind") == "Server" and target.get("name") == server["metadata"]["name"]
        )
        wanted = policy["spec"].get("requiredAuthenticationRefs") or ()
        if about and all(_holds(seen, reference, caller) for reference in wanted):
            return True
    return False


def _holds(seen: Observed, reference: Object, caller: Object) -> bool:
    if reference["kind"] == "ServiceAccount":
        namespace = reference.get("namespace") or seen.place.prometheus
        own = (reference["name"], namespace) == (_account(caller), caller["metadata"]["namespace"])
        return own and is_meshed(caller)
    if reference["kind"] == "NetworkAuthentication":
        # Which networks hold the caller is not known: one that names any is taken to.
        return named(_all(seen, NETWORK_AUTHENTICATIONS), reference["name"]) is not None
    found = named(_all(seen, MESH_AUTHENTICATIONS), reference["name"])
    return found is not None and is_meshed(caller) and any(_is_named(one, caller) for one in _identities(seen, found))


def _identities(seen: Observed, authentication: Object) -> Iterator[tuple[str, str]]:
    """(ServiceAccount, namespace), either of them * for any."""
    for identity in authentication["spec"].get("identities") or ():
        account, _, rest = identity.partition(".")
        yield account, rest.partition(".")[0] if rest else "*"
    for reference in authentication["spec"].get("identityRefs") or ():
        if reference["kind"] == "Namespace":
            yield "*", reference["name"]
        else:
            yield reference["name"], reference.get("namespace") or seen.place.prometheus


def _is_named(identity: tuple[str, str], caller: Object) -> bool:
    own = (_account(caller), caller["metadata"]["namespace"])
    return all(wanted in (have, *_EVERYBODY) for wanted, have in zip(identity, own, strict=True))


def _all(seen: Observed, kind: Resource) -> Sequence[Object]:
    """Those of Prometheus' namespace; none where the cluster does not know the kind."""
    try:
        return seen.of(kind, seen.place.prometheus)
    except NotThere:
        return ()


def _account(pod: Object) -> str:
    return str(pod["spec"].get("serviceAccountName") or "default")


def _labels(pod: Object) -> Object:
    labels: Object = pod["metadata"].get("labels") or {}
    return labels
