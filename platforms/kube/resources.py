"""Where the API serves the objects of a kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    api_version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """Its API group; "" is the core's."""
        return self.api_version.rpartition("/")[0]

    @property
    def title(self) -> str:
        """As `kubectl` and the API's own refusals call it: `rollouts.argoproj.io`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None = None, *rest: str) -> str:
        """The path of all its objects, or of what `rest` names: one object, and a subresource of it."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        place = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return "/".join([f"{root}{place}/{self.plural}", *rest])


NAMESPACES = Resource("v1", "namespaces", "Namespace", namespaced=False)
PODS = Resource("v1", "pods", "Pod")
SECRETS = Resource("v1", "secrets", "Secret")
CONFIG_MAPS = Resource("v1", "configmaps", "ConfigMap")
EVENTS = Resource("v1", "events", "Event")
REPLICA_SETS = Resource("apps/v1", "replicasets", "ReplicaSet")
DEPLOYMENTS = Resource("apps/v1", "deployments", "Deployment")
ROLLOUTS = Resource("argoproj.io/v1alpha1", "rollouts", "Rollout")
ANALYSIS_RUNS = Resource("argoproj.io/v1alpha1", "analysisruns", "AnalysisRun")
ANALYSIS_TEMPLATES = Resource("argoproj.io/v1alpha1", "analysistemplates", "AnalysisTemplate")
APPLICATIONS = Resource("argoproj.io/v1alpha1", "applications", "Application")
APP_PROJECTS = Resource("argoproj.io/v1alpha1", "appprojects", "AppProject")
CLUSTER_ANALYSIS_TEMPLATES = Resource(
    "argoproj.io/v1alpha1", "clusteranalysistemplates", "ClusterAnalysisTemplate", namespaced=False
)


def resource_version(one: Object) -> int:
    """Of an object, or of a list: every change up to it is in the list.

    Kubernetes defines resource versions as numbers that grow (KEP-5504, and so they did before it).
    """
    return int(one["metadata"]["resourceVersion"])


def served(answer: Object, *, verbs: Iterable[str] = ()) -> list[Resource]:
    """The kinds of one API version, from its discovery document; only those that know all of `verbs`."""
    return [
        Resource(answer["groupVersion"], one["name"], one["kind"], one["namespaced"])
        for one in answer["resources"]
        if "/" not in one["name"] and set(verbs) <= set(one["verbs"])
    ]
