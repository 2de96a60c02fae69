"""Where a variable of a replica is set: the app knows what is wrong with it, and not in which file it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seam.errors import ManifestError

if TYPE_CHECKING:
    from platforms.embedded.manifests.reading import Manifests

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_CONTAINER = "spec.template.spec.containers[0]"


def refused_by_the_app(read: Manifests, rollout: str, sentence: str) -> ManifestError:
    """The app does not start; its sentence begins with the name of the variable that it refuses."""
    found = _VARIABLE.match(sentence)
    kind, name, field = _set_in(read, rollout, found[0]) if found is not None else ("Rollout", rollout, _CONTAINER)
    return ManifestError(read.files[f"{kind}/{name}"], f"{kind} {name}", field, sentence)


def _set_in(read: Manifests, rollout: str, variable: str) -> tuple[str, str, str]:
    """(kind, name, field) of the object whose value counts: the last one that sets it, and `env` before `envFrom`."""
    container = read.pods[rollout].container
    for index, entry in reversed(list(enumerate(container.env))):
        if entry.name != variable:
            continue
        source = entry.value_from
        if source is not None and source.config_map_key_ref is not None:
            return "ConfigMap", source.config_map_key_ref.name, f"data.{source.config_map_key_ref.key}"
        if source is not None and source.secret_key_ref is not None:
            return "Secret", source.secret_key_ref.name, f"data.{source.secret_key_ref.key}"
        return "Rollout", rollout, f"{_CONTAINER}.env[{index}]"
    for whole in reversed(container.env_from):
        if whole.secret_ref is not None and variable in read.secrets[whole.secret_ref.name]:
            return "Secret", whole.secret_ref.name, f"data.{variable}"
        if whole.config_map_ref is not None and variable in read.config_maps[whole.config_map_ref.name]:
            return "ConfigMap", whole.config_map_ref.name, f"data.{variable}"
    return "Rollout", rollout, _CONTAINER
