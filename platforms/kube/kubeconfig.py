"""Which cluster, and as whom: a kubeconfig and a context, or the service account of the pod that this runs in."""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from seam.errors import UserError

# What the official client falls over when a mapping or a list is not where it looks for one.
_MALFORMED = (TypeError, KeyError, AttributeError)
_IN_CLUSTER = "KUBERNETES_SERVICE_HOST"


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """`file` and `context` as kubectl's own options: None is what kubectl would take."""

    file: str | None = None
    context: str | None = None

    @property
    def options(self) -> list[str]:
        """The same, as arguments for kubectl."""
        file = ["--kubeconfig", self.file] if self.file else []
        return file + (["--context", self.context] if self.context else [])

    async def client(self) -> ApiClient:
        """A client with credentials that were fetched just now. UserError: what cannot be used, and why."""
        settings = Configuration()
        settings.disable_strict_ssl_verification = True  # certificates are checked as kubectl checks them
        files = self._files()
        try:
            if files:
                await config.load_kube_config(os.pathsep.join(files), self.context, settings, persist_config=False)
            else:
                config.load_incluster_config(settings)
            return ApiClient(settings)
        except (config.ConfigException, yaml.YAMLError, OSError, ValueError, *_MALFORMED) as error:
            where = f"The kubeconfig {os.pathsep.join(files)}" if files else "The pod's service account"
            raise UserError(f"{where} cannot be used: {self._reason(error, files)}.") from error

    def _files(self) -> list[str]:
        """Those that are there. None: the pod's own service account is meant."""
        named = self.file or os.environ.get("KUBECONFIG")
        default = str(Path.home() / ".kube" / "config")
        paths = [str(Path(path).expanduser()) for path in (named or default).split(os.pathsep) if path]
        files = [path for path in paths if Path(path).is_file()]
        if not files and named:
            raise UserError(f"There is no kubeconfig at {named}.")
        if not files and _IN_CLUSTER not in os.environ:
            raise UserError(f"No cluster is known: {default} is not there; name a kubeconfig with --kubeconfig.")
        return files

    def _reason(self, error: Exception, files: list[str]) -> str:
        contexts = _contexts(files)
        if self.context and contexts and self.context not in contexts:
            return f"it has no context {self.context!r}; it has {', '.join(contexts)}"
        if isinstance(error, _MALFORMED):
            return "it is not a kubeconfig"
        if isinstance(error, config.ConfigException) and str(error):
            return str(error).removeprefix("Invalid kube-config file. ").rstrip(".")
        return " ".join((str(error) or type(error).__name__).split()).rstrip(".")


def _contexts(files: list[str]) -> list[str]:
    """What can be read of their names, for a sentence about a file that cannot be used."""
    found = []
    for file in files:
        try:
            read = yaml.safe_load(Path(file).read_text())
            found += [str(context["name"]) for context in read["contexts"]]
        except (OSError, ValueError, yaml.YAMLError, *_MALFORMED):
            continue
    return found
