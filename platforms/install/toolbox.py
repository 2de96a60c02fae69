"""The Go programs of the cluster, built once from their published modules, and cached.

Each tool has its own go.mod, because their dependencies conflict; go.mod and go.sum pin everything, down to the hash of
each module. The binaries are static, so an image needs nothing else.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from platforms.install.cache import cache_folder
from platforms.install.versions import version_of
from seam.errors import PlatformFailed, UserError

MODULES = Path(__file__).parent / "tools"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """`folder`, in `home` (by default MODULES), holds its go.mod. Each of `packages` becomes a program, with the name
    that `named` gives it or else the last part of its path.
    """

    folder: str
    version: str
    packages: tuple[str, ...]
    minutes: float
    named: Mapping[str, str]
    linked: tuple[str, ...] = ()
    module: str = ""
    # Traefik's tests need modules that are no longer published; `-mod=mod` looks only at what is built.
    flags: tuple[str, ...] = ()
    home: Path | None = None

    @property
    def sources(self) -> Path:
        return (self.home or MODULES) / self.folder

    @property
    def programs(self) -> tuple[str, ...]:
        return tuple(self.named.get(package, package.rpartition("/")[2]) for package in self.packages)


_KUBERNETES = ("apiserver", "controller-manager", "scheduler", "proxy", "ctl", "let")
TOOLS = (
    Tool(
        "kubernetes",
        version_of("kubernetes"),
        tuple(f"k8s.io/kubernetes/cmd/kube{'' if name in ('ctl', 'let') else '-'}{name}" for name in _KUBERNETES),
        5,
        {},
        # Without it, the node reports a placeholder as its version.
        (f"k8s.io/component-base/version.gitVersion={version_of('kubernetes')}",),
    ),
    Tool("etcd", version_of("etcd"), ("go.etcd.io/etcd/server/v3",), 0.5, {"go.etcd.io/etcd/server/v3": "etcd"}),
    Tool(
        "argo-rollouts",
        version_of("argo-rollouts"),
        ("github.com/argoproj/argo-rollouts/cmd/rollouts-controller",),
        3,
        {},
        (f"github.com/argoproj/argo-rollouts/utils/version.version={version_of('argo-rollouts')}",),
        "github.com/argoproj/argo-rollouts",
    ),
    Tool(
        "traefik",
        version_of("traefik"),
        ("github.com/traefik/traefik/v3/cmd/traefik",),
        5,
        {},
        (f"github.com/traefik/traefik/v3/pkg/version.Version={version_of('traefik').removeprefix('v')}",),
        "github.com/traefik/traefik/v3",
        ("-mod=mod",),
    ),
    Tool(
        "prometheus",
        version_of("prometheus"),
        ("github.com/prometheus/prometheus/cmd/prometheus",),
        4,
        {},
        ("github.com/prometheus/common/version.Version=3.15.0",),
        # Debian's Prometheus is built without service discovery in Kubernetes; this one has no other kind.
        flags=("-tags=netgo,remove_all_sd,enable_kubernetes_sd",),
    ),
    Tool("coredns", version_of("coredns"), ("github.com/coredns/coredns",), 2, {}),
    Tool("pause", "1", (".",), 0.1, {".": "pause"}),
)
# Nothing of it is built: its module's CRDs are for clusters with a mesh. A real Linkerd was seen with this version.
GATEWAY_API = Tool("gateway-api", version_of("gateway-api"), (), 0, {}, module="sigs.k8s.io/gateway-api")
# kind makes a cluster of a container. kubeadm, which it calls inside, is not among the other programs of its module, so
# that nobody else waits for it.
KIND = Tool("kind", version_of("kind"), ("sigs.k8s.io/kind",), 0.5, {}, module="sigs.k8s.io/kind")
KUBEADM = Tool(
    "kubernetes",
    version_of("kubernetes"),
    ("k8s.io/kubernetes/cmd/kubeadm",),
    1,
    {},
    (f"k8s.io/component-base/version.gitVersion={version_of('kubernetes')}",),
)
# Built for those clusters that are to have it: platforms/install/extras.py.
ARGOCD = Tool(
    "argocd",
    version_of("argocd"),
    (".",),
    6,
    {".": "argocd"},
    # Without the v that every other one has: with it, the API server answers 400 to its name.
    (f"github.com/argoproj/argo-cd/v3/common.version={version_of('argocd').removeprefix('v')}",),
    "github.com/argoproj/argo-cd/v3",
)

# Goes into no cluster: it is what the chart in charts/faces is tried with.
HELM = Tool("helm", version_of("helm"), ("helm.sh/helm/v4/cmd/helm",), 3, {}, module="helm.sh/helm/v4")


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The path of each program, and of each module whose manifests are applied to the cluster."""

    programs: Mapping[str, Path]
    modules: Mapping[str, Path]

    def __getitem__(self, program: str) -> Path:
        return self.programs[program]


def build(say: Say, tools: Iterable[Tool] = TOOLS) -> Toolbox:
    """Build what is missing and say so. Raises UserError without Go, PlatformFailed if a build fails."""
    go = _find_go()
    wanted = {tool: _place(go, tool) for tool in tools}
    missing = [tool for tool, place in wanted.items() if not place.is_dir()]
    for number, tool in enumerate(missing, 1):
        say(f"Building {tool.folder} {tool.version} ({number} of {len(missing)}), about {tool.minutes:g} minutes...")
        began = time.monotonic()
        _build(go, tool, wanted[tool])
        say(f"  {tool.folder} built in {time.monotonic() - began:.0f} s.")
    programs = {program: place / program for tool, place in wanted.items() for program in tool.programs}
    return Toolbox(programs, modules(wanted))


def modules(tools: Iterable[Tool]) -> dict[str, Path]:
    """The folders of the tools' modules, for those that name one. Nothing is built."""
    go = _find_go()
    return {tool.folder: _module(go, tool) for tool in tools if tool.module}


def _find_go() -> str:
    go = shutil.which("go")
    if go is None:
        raise UserError(
            "The cluster's programs are built with Go, which is missing: install Go 1.26.1 or newer "
            "(https://go.dev/dl) so that `go` is on PATH, and try again."
        )
    return go


def _place(go: str, tool: Tool) -> Path:
    """A folder of the cache. Its name has a hash of everything that the build depends on."""
    source = sorted(path for path in tool.sources.iterdir() if path.suffix in {".mod", ".sum", ".go"})
    # Asked in its folder, because its go.mod may select another version of Go.
    version = _go([go, "env", "GOVERSION", "GOARCH"], tool)
    key = hashlib.sha256(version + repr((tool.packages, tool.linked, tool.flags)).encode())
    for path in source:
        key.update(path.read_bytes())
    return cache_folder("tools") / f"{tool.folder}-{tool.version}-{key.hexdigest()[:12]}"


def _build(go: str, tool: Tool, place: Path) -> None:
    """Build into a temporary folder and rename it: an interrupted build leaves nothing under the final name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    linked = " ".join(["-s -w", *(f"-X {definition}" for definition in tool.linked)])
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        out = Path(temporary) / "out"
        out.mkdir()
        for package, program in zip(tool.packages, tool.programs, strict=True):
            command = [go, "build", *tool.flags, "-o", str(out / program), "-ldflags", linked, package]
            _go(command, tool)
        try:
            out.rename(place)
        except OSError:
            if not place.is_dir():  # otherwise another process has built the same in the meantime
                raise


def _module(go: str, tool: Tool) -> Path:
    """The folder of the module's own files: its CRDs and install manifests are read there, never copied."""
    told = _go([go, "mod", "download", "-json", f"{tool.module}@{tool.version}"], tool)
    return Path(json.loads(told)["Dir"])


def _go(command: list[str], tool: Tool) -> bytes:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    done = subprocess.run(
        command, cwd=tool.sources, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-800:]
        raise PlatformFailed(f"{tool.folder} {tool.version} could not be built: {said}")
    return done.stdout
