"""A platform whose views are given, as `Place.find` finds it."""

from collections.abc import AsyncIterator, Iterable
from typing import Self

from seam.errors import PlatformFailed, RunEnded
from seam.views import PlatformView


class PlayedPlatform:
    """Shows its views one after the other, and is ended by somebody else then. `gui` None: no page can be reached."""

    name = "played"

    def __init__(self, views: Iterable[PlatformView], gui: str | None = None) -> None:
        self._views, self.gui = list(views), gui
        self.asked_for_addresses: list[bool] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def view(self) -> PlatformView:
        if self.gui is None:
            raise PlatformFailed("svc/gui, port 80, could not be reached in 30 s: timed out.")
        return PlatformView("embedded", "an engine", self.gui, "", self._views[0].rollouts)

    async def watch_all(self, *, addresses: bool = True) -> AsyncIterator[PlatformView]:
        self.asked_for_addresses.append(addresses)
        for view in self._views:
            yield view
        raise RunEnded("The run 'played' was ended by somebody else.")
