"""Manifests as they lie in a folder: read strictly, checked against each other, refused by file and field."""

from platforms.embedded.manifests.pods import PodTemplate
from platforms.embedded.manifests.reading import Manifests, Service, load, pod_template, read, with_annotations

__all__ = ["Manifests", "PodTemplate", "Service", "load", "pod_template", "read", "with_annotations"]
