"""YAML as Kubernetes reads it, refused by file and line where it cannot be read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

from seam.errors import ManifestError

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def documents(file: Path) -> Iterator[Any]:
    """Each document of a file that is not empty, as JSON could say it, and in place of a List each of its items.

    Raises ManifestError for what cannot be read.
    """
    text = _text(file)
    try:
        for document in _loaded(text):
            if document is not None:
                json.dumps(document, allow_nan=False)  # no references to itself, sets, bytes
                yield from _items(document)
    except yaml.YAMLError as error:
        raise _refusal(error, file.name, text) from error
    except (ValueError, TypeError) as error:  # 0b_ looks like a number and is none
        raise ManifestError(file.name, "YAML", "", f"a value cannot be read: {error}.") from error
    except RecursionError as error:
        raise ManifestError(file.name, "YAML", "", "is nested too deeply.") from error


def single(file: Path) -> Any:
    """The one document of a file."""
    found = list(documents(file))
    if len(found) != 1:
        raise ManifestError(file.name, "file", "", "exactly one document is expected here.")
    return found[0]


def _items(document: Any) -> Iterator[Any]:
    """The objects that a List holds, as kubectl takes them; anything else as it is."""
    listed = isinstance(document, dict) and (document.get("apiVersion"), document.get("kind")) == ("v1", "List")
    if listed and isinstance(document.get("items"), list):
        yield from document["items"]
    else:
        yield document


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(file.name, "file", "", f"is not UTF-8: {error.reason} at byte {error.start}.") from error
    except (OSError, ValueError) as error:  # ValueError: no file can have this name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ManifestError(file.name, "file", "", f"cannot be read: {reason}.") from error


def _loaded(text: str) -> list[Any]:
    try:
        return list(yaml.load_all(text, _LibYAML))
    except yaml.YAMLError:  # PyYAML's own reader says it in better words
        return list(yaml.load_all(text, _Kubernetes))


def _refusal(error: yaml.YAMLError, file: str, text: str) -> ManifestError:
    if isinstance(error, yaml.reader.ReaderError):
        return ManifestError(file, "YAML", f"line {text.count(chr(10), 0, error.position) + 1}", f"{error.reason}.")
    where, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return ManifestError(file, "YAML", f"line {where.line + 1}" if where is not None else "", f"{problem or error}.")


class _Strict(Composer):
    """A key given twice is an error: PyYAML alone would quietly keep the last one."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Checked before merge keys (`<<`) are resolved: what they bring in may be given again.
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if (key.tag, key.value) in seen:
                    raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark)
                seen.add((key.tag, key.value))
        return node


class _Kubernetes(_Strict, yaml.SafeLoader):
    """YAML in which a date is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name and type
        first: [(tag, form) for tag, form in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _LibYAML(_Strict, yaml.CSafeLoader):
    """The same, read by the library from which Kubernetes' own reader descends: it takes a third of the time."""

    yaml_implicit_resolvers = _Kubernetes.yaml_implicit_resolvers

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)  # in the place of the library's own, which cannot be told to be strict
