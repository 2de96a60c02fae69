"""The Helm chart's templates, made of what kustomize makes of the manifests: they are the one source.

python -m platforms.install.chart     (make chart)

What every traffic router has in common is one file, and what differs is one file for each.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from manifests import LINKERD, TRAEFIK
from platforms.install import toolbox
from platforms.install.contents import APP_IMAGE, documents
from seam.errors import PlatformError, PlatformFailed

CHART = Path(__file__).resolve().parents[2] / "charts" / "faces"
ROUTERS: Mapping[str, Path] = {"traefik": TRAEFIK, "linkerd": LINKERD}
COMMON = "common"
# The namespace that the manifests are written for. A release has its own.
_HOME = "faces"
_HEADER = "# Made of {source} by `make chart`: change it there."

Document = dict[str, Any]


def templates(rendered: Mapping[str, Iterable[Document]]) -> dict[str, str]:
    """{file: text}. `rendered` is what kustomize makes, by router. Pure."""
    made = {router: [_text(one) for one in found if one["kind"] != "Namespace"] for router, found in rendered.items()}
    first = next(iter(made.values()))
    common = [text for text in first if all(text in texts for texts in made.values())]
    files = {COMMON: _file("manifests/cluster", common)}
    for router, texts in made.items():
        own = _file(f"manifests/overlays/{router}", [text for text in texts if text not in common])
        files[router] = f'{{{{- if eq .Values.router "{router}" }}}}\n{own}{{{{- end }}}}\n'
    return {f"{name}.yaml": text for name, text in files.items()}


def render(kubectl: str, folder: Path) -> list[Document]:
    """What kustomize makes of a folder. Raises PlatformFailed with what it said."""
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, check=False, text=True)
    if done.returncode:
        raise PlatformFailed(f"kubectl kustomize failed: {done.stderr.strip()[-600:]}")
    return list(documents(done.stdout))


def kubectl() -> str:
    """The one on PATH, or else the cluster's, which is built if it is not there yet."""
    kubernetes = next(tool for tool in toolbox.TOOLS if "kubectl" in tool.programs)
    return shutil.which("kubectl") or str(toolbox.build(print, (kubernetes,))["kubectl"])


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / "templates" / name).write_text(text)


def _file(source: str, texts: Sequence[str]) -> str:
    return "\n---\n".join([_HEADER.format(source=source), *texts]) + "\n"


def _text(document: Document) -> str:
    """YAML with Helm's placeholders in it. What the manifests themselves have in braces, Argo Rollouts fills in."""
    text = yaml.dump(_opened(document), Dumper=_Dumper, sort_keys=False, width=110, default_flow_style=None).rstrip()
    text = text.replace("{{", "<open>").replace("<open>", '{{ "{{" }}')
    return re.sub(r"'?<<(.*?)>>'?", lambda found: f"{{{{ {found[1]} }}}}", text)


def _opened(document: Document) -> Document:
    """With a mark, <<expression>>, for each value that whoever installs it chooses."""
    opened: Document = _moved(document)
    opened["metadata"].pop("namespace", None)
    name = opened["metadata"]["name"]
    if opened["kind"] == "Rollout":
        spec = opened["spec"]
        spec["replicas"] = f"<<.Values.replicas.{name}>>"
        for container in spec["template"]["spec"]["containers"]:
            if container["image"] == APP_IMAGE:
                container["image"] = "<<.Values.image | quote>>"
        if "analysis" in spec["strategy"]["canary"]:
            spec["strategy"]["canary"]["analysis"]["templates"] = [{"templateName": "<<.Values.gate | quote>>"}]
    return opened


def _moved(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _moved(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_moved(part) for part in value]
    return "<<.Release.Namespace>>" if (key, value) == ("namespace", _HOME) else value


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, each value spelled out: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)


def main() -> int:
    try:
        program = kubectl()
        write(CHART, templates({router: render(program, folder) for router, folder in ROUTERS.items()}))
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{CHART}/templates is as the manifests are.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
