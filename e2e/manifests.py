"""The shipped manifests, hurried: what takes a minute on stage takes seconds in a test."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seam.documents import documents

_MANIFESTS = Path(__file__).resolve().parents[1] / "manifests"
BASE, TRAEFIK, LINKERD = (_MANIFESTS / folder for folder in ("base", "overlays/traefik", "overlays/linkerd"))

Document = dict[str, Any]
Change = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Hurry:
    """Short pauses and a short look back, in seconds: the same steps, gates and limits as shipped.

    The initial delay is longer than the window, as it is in the shipped templates: what was before does not count.
    `backend_timeout` is how long a face waits; None leaves it as shipped.
    """

    pause: int = 3
    window: int = 3
    initial_delay: int = 4
    interval: int = 1
    floor: int = 5
    backend_timeout: int | None = None

    def __call__(self, document: Document) -> None:
        """Hurry one document, in place; what has nothing to do with time stays as it is."""
        if self.backend_timeout is not None and "BACKEND_TIMEOUT" in document.get("data", {}):
            document["data"]["BACKEND_TIMEOUT"] = str(self.backend_timeout)
        for step in steps(document):
            if "duration" in (step.get("pause") or {}):
                step["pause"]["duration"] = f"{self.pause}s"
        for analysis in analyses(document):
            _pass_to(analysis, self._arguments())

    def _arguments(self) -> dict[str, str]:
        return {
            "window": f"{self.window}s",
            "initial-delay": f"{self.initial_delay}s",
            "interval": f"{self.interval}s",
            "floor": str(self.floor),
        }


def write(folder: Path, change: Change = lambda _: None, hurry: Hurry = Hurry()) -> Path:
    """Write the hurried manifests into a new folder, each document passed through `change`."""
    folder.mkdir()
    for file in BASE.rglob("*.yaml"):
        # Through JSON, because an alias makes objects share what is to be changed in one of them.
        found = json.loads(json.dumps(list(documents(file))))
        for document in found:
            hurry(document)
            change(document)
        written = folder / file.relative_to(BASE)
        written.parent.mkdir(exist_ok=True)
        written.write_text(yaml.safe_dump_all(found))
    return folder


def canary(document: Document) -> Document:
    """The canary strategy of a Rollout, nothing of any other document: changes made to nothing are lost."""
    found: Document = document["spec"]["strategy"]["canary"] if document["kind"] == "Rollout" else {}
    return found


def steps(document: Document) -> list[Document]:
    found: list[Document] = canary(document).get("steps", [])
    return found


def analyses(document: Document) -> Iterator[Document]:
    """The background analysis of a Rollout and those of its steps."""
    background = canary(document).get("analysis")
    if background is not None:
        yield background
    yield from (step["analysis"] for step in steps(document) if "analysis" in step)


def _pass_to(analysis: Document, values: dict[str, str]) -> None:
    """A new list, because an alias in the YAML makes several analyses share one."""
    others = [argument for argument in analysis["args"] if argument["name"] not in values]
    analysis["args"] = [*others, *({"name": name, "value": value} for name, value in values.items())]
