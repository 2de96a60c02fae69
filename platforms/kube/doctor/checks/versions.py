"""See platforms/doctor/checks/versions.py: versions are told by the API server, by images' tags, and by CRDs."""

import re
from collections.abc import Iterable, Sequence

import yaml

from platforms.doctor.checking import NotSeen, NotThere
from platforms.doctor.checks import versions
from platforms.doctor.tested import proven_versions
from platforms.kube.doctor.kinds import DEFINITIONS, STATEFUL_SETS
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.doctor.pods import is_live
from platforms.kube.doctor.routing import GATEWAY_PLUGIN
from platforms.kube.installation import CONFIG, image_version, images
from platforms.kube.objects import label
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, PODS, Object, Resource
from seam.doctor import Finding

_BUNDLE = "gateway.networking.k8s.io/bundle-version"
_ROUTE = "httproutes.gateway.networking.k8s.io"
_CREATED_BY = "linkerd.io/created-by"
# In the address of a plugin's release: .../download/v0.15.0/gatewayapi-plugin-linux-amd64
_RELEASE = re.compile(r"/(v?\d+\.\d+\.\d+)/")


def check(seen: Observed) -> Finding:
    seen.server.value()  # if it does not answer, nobody can tell the others' either
    return versions.check(found(seen), proven_versions())


def found(seen: Observed) -> dict[str, str]:
    """The version of each component that was seen, empty where it cannot be told."""
    traefik = [pod for pod in _around(seen, PODS, None) if label(pod, "app") == "traefik" and is_live(pod)]
    every = {
        "Kubernetes": (seen.server.found or {}).get("gitVersion"),
        "Argo Rollouts": _of_images(images(_around(seen, DEPLOYMENTS))),
        "gatewayAPI plugin": _plugin(
            named(_around(seen, CONFIG_MAPS, seen.place.controller), CONFIG), _around(seen, DEPLOYMENTS)
        ),
        "Gateway API": _bundle(named(_around(seen, DEFINITIONS), _ROUTE)),
        "Linkerd": _linkerd(_around(seen, DEPLOYMENTS, seen.place.linkerd) if seen.place.linkerd else ()),
        "Traefik": _of_images(one["image"] for pod in traefik for one in pod["spec"]["containers"]),
        "Prometheus": seen.measured.version.found,
        "Argo CD": _of_images(images(_around(seen, STATEFUL_SETS))),
    }
    return {name: version for name, version in every.items() if version is not None}


def _around(seen: Observed, kind: Resource, namespace: str | None = "") -> Sequence[Object]:
    """Those of a namespace, "" for all and None for the run's; nothing where nobody could look."""
    try:
        return seen.own(kind) if namespace is None else seen.of(kind, namespace)
    except (NotThere, NotSeen):
        return ()


def _of_images(named_images: Iterable[str]) -> str | None:
    tags = [image_version(image).strip() for image in named_images]
    return next(filter(None, tags), "") if tags else None


def _bundle(definition: Object | None) -> str | None:
    return (definition["metadata"].get("annotations") or {}).get(_BUNDLE, "") if definition else None


def _linkerd(deployments: Sequence[Object]) -> str | None:
    """`edge-26.8.3` of `linkerd/cli edge-26.8.3`."""
    notes = [(one["metadata"].get("annotations") or {}).get(_CREATED_BY, "") for one in deployments]
    return next(filter(None, notes), "").rpartition(" ")[2] if notes else None


def _plugin(config: Object | None, controllers: Sequence[Object]) -> str | None:
    """Of its release's address, or of the image that an init container of the controller copies it from."""
    listed = ((config or {}).get("data") or {}).get("trafficRouterPlugins")
    try:
        plugins = yaml.safe_load(listed or "") or []
    except yaml.YAMLError:
        return ""
    for plugin in plugins:
        if plugin.get("name") == GATEWAY_PLUGIN:
            release = _RELEASE.search(str(plugin.get("location")))
            copied = (image for one in controllers for image in _init_images(one) if "gatewayapi" in image)
            return release[1] if release else _of_images(copied) or ""
    return None


def _init_images(workload: Object) -> list[str]:
    return [one["image"] for one in workload["spec"]["template"]["spec"].get("initContainers") or ()]
