"""The hashes that name ReplicaSets and notice changed steps.

Argo hashes Go's JSON of the object with 32-bit FNV-1a and writes the decimal sum in an alphabet that
spells no bad words (Argo: utils/hash/hash.go, utils/conditions/conditions.go). The hash of the steps
is Argo's own. The hash of a pod template is not (Go's field order and defaults are not known here):
equal templates have equal hashes, and that is all one may rely on. So it is a checksum that is quick in Python.
"""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POD_TEMPLATE_HASH_LABEL = "rollouts-pod-template-hash"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_FNV_OFFSET = 0x811C9DC5
_FNV_PRIME = 0x01000193
# Go's encoder escapes what could end a <script>; Python's does not.
_HTML_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@lru_cache(maxsize=256)
def fnv1a_32(data: bytes) -> int:
    checksum = _FNV_OFFSET
    for byte in data:
        checksum = ((checksum ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return checksum


def safe_encode(text: str) -> str:
    return "".join(_ALPHABET[ord(char) % len(_ALPHABET)] for char in text)


def pod_template_hash(template: Mapping[str, Any]) -> str:
    """The hash of a pod template, whatever the order of its keys."""
    return safe_encode(str(zlib.crc32(msgspec.json.encode(template, order="sorted"))))


def steps_hash(steps: Sequence[Mapping[str, Any]]) -> str:
    """The hash of canary steps, given as Go would write them: unset fields left out, in Go's order."""
    document = list(steps) or None  # no steps are a nil slice in Go, and that is "null"
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return safe_encode(str(fnv1a_32(text.translate(_HTML_UNSAFE).encode())))


def without_hash_label(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template as its author wrote it: without the label that every ReplicaSet adds."""
    metadata = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != POD_TEMPLATE_HASH_LABEL}
    if not metadata.get("labels"):
        return dict(template)
    return {**template, "metadata": {**metadata, "labels": labels}}
