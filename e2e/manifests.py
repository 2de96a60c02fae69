"""The shipped manifests, hurried: what takes a minute on stage takes seconds in a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

BASE = Path(__file__).resolve().parents[1] / "manifests" / "base"

Change = Callable[[dict[str, Any]], None]


def write(folder: Path, change: Change = lambda _: None) -> Path:
    """Write the hurried manifests into a new folder, each document passed through `change`."""
    folder.mkdir()
    for file in BASE.glob("*.yaml"):
        documents = list(yaml.safe_load_all(file.read_text()))
        if file.name != "kustomization.yaml":
            documents = hurry(documents)
        for document in documents:
            change(document)
        (folder / file.name).write_text(yaml.safe_dump_all(documents))
    return folder


def hurry(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shipped manifests with short pauses and a short look back: the same steps, gates and limits."""
    arguments = [("window", "3s"), ("initial-delay", "4s"), ("interval", "1s"), ("floor", "5")]
    quick = [{"name": name, "value": value} for name, value in arguments]
    for document in documents:
        canary = document["spec"]["strategy"]["canary"] if document["kind"] == "Rollout" else {}
        for step in canary.get("steps", ()):
            if "duration" in (step.get("pause") or {}):
                step["pause"]["duration"] = "3s"
        analyses = [step["analysis"] for step in canary.get("steps", ()) if "analysis" in step]
        for analysis in [*analyses, canary.get("analysis")]:
            if analysis is not None:
                analysis["args"] = [*analysis["args"], *quick]
    return documents
