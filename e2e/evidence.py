"""What a scenario leaves behind: the reports of its releases, and a bundle of everything if it failed."""

import asyncio
import json
import shutil
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from chaos.experiment import Session
from e2e import bundle, reports
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

    async def report(self, session: Session) -> None:
        for record in await reports.records_of(session):
            report = await asyncio.to_thread(reports.keep, record, self.folder)
            self.note(RELEASE, json.dumps(reports.figures(report)))

    async def bundle(
        self,
        error: BaseException,
        platform: Platform,
        session: Session | None,
        visitors: Path,
        own: OwnEvidence,
    ) -> None:
        """Everything that may tell why, while the platform is still up. No part that is missing stops the others."""
        self.bundled.mkdir(parents=True, exist_ok=True)
        (self.bundled / "error.txt").write_text("".join(traceback.format_exception(error)))
        parts: dict[str, Awaitable[None]] = {
            "visitors": bundle.visitors(self.bundled, visitors),
            "views": bundle.views(self.bundled, platform),
            "events": bundle.events(self.bundled, platform),
            "prometheus": bundle.prometheus(self.bundled / "prometheus", platform),
            "metrics": bundle.metrics(self.bundled / "metrics", platform),
            "platform": own(self.bundled / "platform"),
        }
        if session is not None:  # else no visitor was ever served
            parts |= {
                "timeline": bundle.timeline(self.bundled, session.witness),
                "reports": self.report(session),
            }
        await asyncio.gather(*(self._one(name, part) for name, part in parts.items()))

    async def _one(self, name: str, part: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_BUNDLE_LIMIT_S):
                await part
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the rest is still worth having
            (self.bundled / f"{name}-is-missing.txt").write_text("".join(traceback.format_exception(error)))
