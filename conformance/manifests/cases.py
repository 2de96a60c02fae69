"""The manifests in files: valid ones, and sheets of changes to them."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.scenario import merged
from seam.documents import single
from seam.errors import ManifestError

FOLDER = Path(__file__).parent / "sheets"
SOUND = Path(__file__).parent / "sound.yaml"

Kind = Literal["rollout", "analysistemplate", "release"]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One manifest (for a release, a Rollout and what it names), and in a few words what was changed."""

    what: str
    kind: Kind
    manifest: Document

    def __str__(self) -> str:
        return self.what


class Sheet(BaseModel):
    """`of` names a valid manifest. `cases` are merge patches (RFC 7396) of it, or of its part at the path `under`.
    `set` puts a value at a path, even null, which a patch cannot.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    under: str = ""
    cases: Mapping[str, Any] = Field(default_factory=dict)
    set: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)

    def manifests(self, sound: Document) -> Iterator[tuple[str, Document]]:
        for what, patch in self.cases.items():
            yield what, merged(sound, _wrapped(self.under, patch))
        for what, changes in self.set.items():
            changed = deepcopy(sound)
            for path, value in changes.items():
                _put(changed, path.split("."), value)
            yield what, changed


def load(folder: Path = FOLDER, sound: Path = SOUND) -> list[Case]:
    """All cases of all sheets. Raises ValueError for a file that is not a sheet and for a repeated case."""
    bases: dict[str, Document] = _read(sound)
    cases: dict[str, Case] = {}
    for file in sorted(folder.glob("*.yaml")):
        for title, content in _read(file).items():
            sheet = _sheet(content, f"{file.name}: {title}")
            if sheet.of not in bases:
                raise ValueError(f"{file.name}: {title}: there is no manifest {sheet.of!r} in {sound.name}.")
            for what, manifest in sheet.manifests(bases[sheet.of]):
                told = f"{title}, {what}"
                if told in cases:
                    raise ValueError(f"{file.name}: this case is there twice: {told}.")
                cases[told] = Case(told, _kind(bases[sheet.of]), manifest)
    return list(cases.values())


def _read(file: Path) -> Document:
    try:
        content: Document = single(file)
    except ManifestError as error:
        raise ValueError(str(error)) from error
    return content


def _sheet(content: Any, where: str) -> Sheet:
    try:
        return Sheet.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"{where}: {field}: {problem['msg']}.") from error


def _kind(manifest: Document) -> Kind:
    if "rollout" in manifest:
        return "release"
    return "rollout" if manifest["kind"] == "Rollout" else "analysistemplate"


def _wrapped(path: str, patch: Any) -> Any:
    for name in reversed(path.split(".") if path else []):
        patch = {name: patch}
    return patch


def _put(document: Any, path: list[str], value: Any) -> None:
    *around, last = (int(part) if part.isdigit() else part for part in path)
    for part in around:
        document = document[part]
    document[last] = value
