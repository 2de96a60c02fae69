"""Asks Argo Rollouts' own code what it makes of conditions and manifests; the Go program is in `oracle/`."""

import json
import math
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from platforms.install import toolbox
from platforms.install.versions import version_of
from seam.errors import PlatformFailed

Question = Mapping[str, Any]
Answer = Mapping[str, Any]

TOOL = toolbox.Tool(
    "oracle",
    version_of("argo-rollouts"),
    (".",),
    1,
    {".": "oracle"},
    module="github.com/argoproj/argo-rollouts",
    home=Path(__file__).parent,
)
_CRDS = "manifests/crds"
_LIMIT_S = 120.0


def ask(questions: Iterable[Question], say: Callable[[str], None]) -> list[Answer]:
    """One answer for each question, in the same order; `oracle/main.go` has the fields.

    Raises UserError without Go, PlatformFailed if the program cannot be built or fails, ValueError for a question that
    it does not understand.
    """
    tools = toolbox.build(say, [TOOL])
    asked = list(questions)
    done = subprocess.run(
        [tools["oracle"], tools.modules["oracle"] / _CRDS],
        input="\n".join(json.dumps(_writable(question), allow_nan=False) for question in asked),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise PlatformFailed(f"Argo Rollouts' code (conformance/oracle) failed: {done.stderr.strip()[-800:]}")
    answers: list[Answer] = [json.loads(line) for line in done.stdout.splitlines()]
    for question, answer in zip(asked, answers, strict=True):
        if "trouble" in answer:
            raise ValueError(f"{question}: {answer['trouble']}")
    return answers


def definitions(say: Callable[[str], None]) -> Path:
    """The folder of Argo Rollouts' own CustomResourceDefinitions. Raises what `ask` raises."""
    return toolbox.build(say, [TOOL]).modules["oracle"] / _CRDS


def _writable(value: Any) -> Any:
    """JSON has no NaN and no infinities, so the oracle reads them from strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value
