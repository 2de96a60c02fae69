"""Whether the user may do in the cluster what a run needs, checked before anything is changed in it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused, may_not
from platforms.kube.resources import NAMESPACES, PODS, ROLLOUTS, SECRETS, Object, Resource
from platforms.kube.watching import WATCHED
from seam.errors import UserError


@dataclass(frozen=True, slots=True)
class Access:
    """A verb on a resource, or on a subresource of it."""

    verb: str
    resource: Resource
    subresource: str = ""

    def title(self) -> str:
        return self.resource.title + (f"/{self.subresource}" if self.subresource else "")

    def review(self, namespace: str) -> Object:
        """The question whether the user may do that, as a SelfSubjectAccessReview."""
        attributes = {
            "verb": self.verb,
            "group": self.resource.group,
            "resource": self.resource.plural,
            "subresource": self.subresource,
            "namespace": namespace if self.resource.namespaced else "",
        }
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        return {**kind, "spec": {"resourceAttributes": attributes}}


def needed(kinds: Iterable[Resource], *, own_namespace: bool) -> list[Access]:
    """The permissions that a run needs. `kinds`: of its manifests; `own_namespace`: whether it is to be made and ended.

    `get clusteranalysistemplates` is not needed: a user who may not do it is not shown what such a template plans.
    """
    wanted = [Access(verb, resource) for resource in WATCHED for verb in ("list", "watch")]
    wanted += [Access("patch", ROLLOUTS, "status"), Access("get", PODS, "proxy"), Access("get", SECRETS)]
    # Server-side apply is a patch, which needs `create` as well where it makes an object.
    verbs = ("get", "create", "patch", "delete")
    wanted += [Access(verb, resource) for resource in kinds for verb in verbs]
    if own_namespace:
        wanted += [Access(verb, NAMESPACES) for verb in ("get", "create", "delete")]
    return list(dict.fromkeys(wanted))


async def check_access(cluster: Cluster, accesses: Iterable[Access], namespace: str) -> None:
    """Raises UserError, one sentence with everything that is missing."""
    reviewed = list(accesses)
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answers = await asyncio.gather(*(cluster.create(path, access.review(namespace)) for access in reviewed))
    missing = [one for one, answer in zip(reviewed, answers, strict=True) if not answer["status"].get("allowed")]
    if missing:
        raise UserError(f"{await _user(cluster)} {denied(missing, namespace)}.")


def denied(missing: Iterable[Access], namespace: str) -> str:
    """`may not list pods, watch pods in namespace faces, and may not create namespaces`."""
    inside = [one for one in missing if one.resource.namespaced]
    around = [one for one in missing if not one.resource.namespaced]
    parts = []
    for group, place in ((inside, namespace), (around, None)):
        if group:
            *others, last = group
            listed = "".join(f"{one.verb} {one.title()}, " for one in others)
            parts.append(may_not(f"{listed}{last.verb}", last.title(), place))
    return ", and ".join(parts)


async def _user(cluster: Cluster) -> str:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        return str((await cluster.create(path, review))["status"]["userInfo"]["username"])
    except Refused:
        return "The kubeconfig's user"
