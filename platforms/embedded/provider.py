"""The embedded platform, begun and found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from manifests import BASE
from platforms.embedded.launch import Launched, launch, wait_until_ready
from platforms.embedded.settings import Settings, running_names
from seam.doctor import Diagnosis
from seam.errors import UserError
from seam.provider import Options, Say, StartRequest
from seam.views import PlatformView

if TYPE_CHECKING:
    from platforms.embedded.platform import EmbeddedPlatform


@dataclass(frozen=True, slots=True)
class _Starting:
    launched: Launched

    @property
    def name(self) -> str:
        return self.launched.folder.path.name

    async def wait_until_ready(self, progress: Say) -> "EmbeddedPlatform":
        await wait_until_ready(self.launched, progress)
        # Not before: until then the app's first answer waits for what other processes import.
        from platforms.embedded.platform import EmbeddedPlatform  # noqa: PLC0415

        return EmbeddedPlatform(self.launched.folder, self.launched.process)


class _Embedded:
    def begin(self, options: Options, request: StartRequest) -> _Starting:
        # First of all: everything else is imported while the platform is on its way up.
        if request.transform is not None:
            raise UserError("The embedded platform reads manifests as they are; write changed ones into a folder.")
        manifests = str(request.manifests or BASE)
        settings = Settings(
            manifests, options.port, attached=request.attached, seed=options.seed, services=request.services
        )
        return _Starting(launch(settings, options.name))

    async def find(self, options: Options) -> "EmbeddedPlatform":
        from platforms.embedded.platform import EmbeddedPlatform  # noqa: PLC0415 - `begin` does not wait for it

        return EmbeddedPlatform.find(options.name)

    async def examine(self, options: Options) -> list[Diagnosis]:
        from platforms.embedded.doctor.examination import examine_embedded  # noqa: PLC0415 - `begin` does not wait for it

        return await examine_embedded(options.name)

    def names(self) -> list[str]:
        return running_names()

    def page(self, options: Options, view: PlatformView) -> str:
        del options
        return view.gui


PROVIDER = _Embedded()
