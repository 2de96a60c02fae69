"""What a scenario leaves behind: the reports of its releases, and a bundle of everything if it failed."""

import asyncio
import json
import shutil
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e import bundle, reports
from e2e.watched import Watched
from e2e.witness import Witness
from loadgen.samples import Sample
from seam.platform import Platform

OwnEvidence = Callable[[Path], Awaitable[None]]
"""Puts into a folder what only one kind of platform has: logs, objects of a cluster, the configuration of Envoy."""

RELEASE = "release"  # the name of the property under which a release's figures go into the JUnit XML
_BUNDLE_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one scenario. `folder` outlives the test, `scratch` need not; `note` records a property of the test."""

    folder: Path
    scratch: Path
    note: Callable[[str, str], None] = lambda _name, _value: None

    @property
    def bundled(self) -> Path:
        return self.folder / "bundle"

    @property
    def began(self) -> bool:
        """Whether the scenario has had a stage."""
        return self.folder.is_dir()

    def forget(self) -> None:
        """What an earlier run left: a bundle that is there is one of this run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    async def report(self, platform: Platform, releases: Sequence[Watched], samples: Sequence[Sample]) -> None:
        for report in await reports.reports_of(platform, releases, samples):
            self.note(RELEASE, json.dumps(reports.figures(report)))
            await asyncio.to_thread(reports.write, report, self.folder)

    async def bundle(
        self,
        error: BaseException,
        platform: Platform,
        witness: Witness,
        releases: Sequence[Watched],
        visitors: Path,
        own: OwnEvidence,
    ) -> None:
        """Everything that may tell why, while the platform is still up. No part that is missing stops the others."""
        self.bundled.mkdir(parents=True, exist_ok=True)
        (self.bundled / "error.txt").write_text("".join(traceback.format_exception(error)))
        parts: dict[str, Awaitable[None]] = {
            "timeline": bundle.timeline(self.bundled, witness),
            "visitors": bundle.visitors(self.bundled, visitors),
            "views": bundle.views(self.bundled, platform),
            "events": bundle.events(self.bundled, platform),
            "prometheus": bundle.prometheus(self.bundled / "prometheus", platform),
            "metrics": bundle.metrics(self.bundled / "metrics", platform),
            "platform": own(self.bundled / "platform"),
            "reports": self._reported(platform, releases, visitors),
        }
        await asyncio.gather(*(self._one(name, part) for name, part in parts.items()))

    async def _reported(self, platform: Platform, releases: Sequence[Watched], visitors: Path) -> None:
        await self.report(platform, releases, bundle.samples(visitors))

    async def _one(self, name: str, part: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_BUNDLE_LIMIT_S):
                await part
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the rest is still worth having
            (self.bundled / f"{name}-is-missing.txt").write_text("".join(traceback.format_exception(error)))
