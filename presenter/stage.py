"""A presenter's actions, carried out on an experiment's session; whoever shows them is told of each change."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from chaos.catalogue import find
from chaos.experiment import ReleaseRun, Session
from chaos.experiment.experiment import AFTER_S
from chaos.experiment.following import Ended
from chaos.experiment.running import recovered
from chaos.record import Line, Seconds, Tone
from presenter import actions
from presenter.actions import Action
from presenter.choosing import doing, faults_of, first_workload, pods_in_words
from presenter.replaying import Play, Replaying
from presenter.resetting import bring_back, clear_everywhere
from presenter.showing import Said, Shown
from seam.errors import PlatformError, UserError
from seam.releases import next_version
from seam.wire import rollout_to_json

# What goes on beside a release that is shown again; everything else is done to what is live, and shows that.
_BESIDE = (actions.Load, actions.Grid, actions.Freeze, actions.Replay)


class Stage:
    """`begin` it, then `do`, `to_act` and `blank`, one after the other."""

    def __init__(
        self,
        session: Session,
        shown: Shown,
        *,
        ended: Ended,
        play: Play,
        limit_s: float = 600.0,
    ) -> None:
        """`shown` has the rate and shape that the session's visitors came with; a reset brings these back."""
        self.shown = shown
        self._visitors = self._visiting = shown.rate, shown.shape
        self._changing_visitors: asyncio.Task[None] | None = None
        self.session, self._ended, self._limit_s = session, ended, limit_s
        self._replaying = Replaying(play)
        self._told, session.say = session.say, self.say
        self._first: dict[str, str] = {}
        self._used: dict[str, set[str]] = {}
        self._last = ""
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._released_by: dict[int, asyncio.Task[None]] = {}
        self._measurable: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._news = asyncio.Event()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """From now on the platform is looked at; what is watched ends with this."""
        view = await self.session.platform.view()
        self._first = {one.name: one.stable_hash for one in view.rollouts}
        self._last = first_workload(view.rollouts)
        self._measurable = asyncio.create_task(self._until_measurable())
        try:
            yield
        finally:
            await self._replaying.end()
            await self._stop_watching(*self._watching)
            beside = [task for task in (self._measurable, self._changing_visitors) if task is not None]
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    # --- what is shown ------------------------------------------------------------------------------------------

    def say(self, line: Line) -> None:
        """Tell the presenter's page and whoever heard the session before."""
        self.shown.said.append(Said(time.time(), line))
        self._told(line)
        self._change()

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """What is shown now, and then after each change."""
        while True:
            news = self._news
            yield self.shown.to_json()
            await news.wait()

    async def changed(self) -> None:
        """Return at the next change of what is shown."""
        await self._news.wait()

    def _change(self) -> None:
        told, self._news = self._news, asyncio.Event()
        told.set()

    async def rollouts(self) -> dict[str, Any]:
        """What the page asks for, through the seam: a cluster's gui has no word of the Rollouts. With it comes what
        visitors saw second by second. PlatformError: the platform does not say.
        """
        view = await self.session.platform.view()
        shown = [rollout_to_json(rollout) for rollout in view.rollouts]
        told = {"rollouts": shown, "platform": view.platform, "now": time.time()}
        return told | {"visitors": self.session.drawn()}

    # --- acts ---------------------------------------------------------------------------------------------------

    async def to_act(self, number: int) -> None:
        """Begin this act, counted from 0: do what it says. Going back only turns the page.

        UserError if there is no such act. An act that cannot be played leaves the stage at the one before.
        """
        acts, before = self.shown.script.acts, self.shown.act
        if not 0 <= number < len(acts):
            raise UserError("This is the first act." if number < 0 else "This was the last act.")
        self.shown.act, self.shown.blank = number, False
        self._change()
        if number <= before:
            return
        under_way = self._released_by.get(number)
        if under_way is not None and not under_way.done():
            return  # its release is still out: it is not pushed twice
        try:
            for action in acts[number].do:
                await self.do(action)
                if isinstance(action, actions.Release):
                    self._released_by[number] = self._watching[self._last]
        except PlatformError:
            self.shown.act = before
            self._change()
            raise

    def blank(self, *, on: bool | None = None) -> None:
        self.shown.blank = not self.shown.blank if on is None else on
        self._change()

    # --- actions ------------------------------------------------------------------------------------------------

    async def do(self, action: Action) -> None:
        """Carry it out, after those before it. PlatformError: its sentence is for the presenter, and is shown."""
        async with self._one_at_a_time:
            self.shown.busy = doing(action)
            self._change()
            try:
                if not isinstance(action, _BESIDE):
                    await self._live_again()
                await self._do(action)
            except PlatformError as error:
                self.say(Line(str(error), Tone.BAD))
                raise
            finally:
                self.shown.busy = ""
                self._change()

    async def _do(self, action: Action) -> None:
        match action:
            case actions.Release():
                await self._release(action)
            case actions.Retry():
                await self._retry(action.workload or self._last)
            case actions.Load():
                self._want_visitors(action.rate, action.shape)
            case actions.Grid():
                self.shown.grid = action.rows, action.cols
            case actions.Freeze():
                self.shown.frozen = not self.shown.frozen if action.on is None else action.on
            case actions.Replay():
                await self._replay(action.speed)
            case actions.Reset():
                await self._reset()
            case _:
                await self._by_hand(action, action.workload or self._last)

    async def _by_hand(
        self, action: actions.Promote | actions.Abort | actions.Inject | actions.Clear, workload: str
    ) -> None:
        """The verbs that the seam has as they are."""
        platform = self.session.platform
        match action:
            case actions.Promote():
                await platform.promote(workload, full=action.full)
                self.say(Line(f"{workload} is promoted by hand."))
            case actions.Abort():
                await platform.abort(workload)
                self.say(Line(f"{workload} is aborted by hand."))
            case actions.Inject():
                faults = faults_of(action, workload)
                pods = await platform.inject(workload, faults, action.version)
                self.say(Line(f"{workload}: {' and '.join(faults)} on in {pods_in_words(pods)}."))
            case actions.Clear():
                pods = await clear_everywhere(platform, [action.workload] if action.workload else self._first)
                self.say(Line(f"Every fault is off in {pods_in_words(pods)}."))

    async def _release(self, action: actions.Release) -> None:
        release = find(action.release)
        workload = action.workload or release.scene.workload
        view = await self.session.platform.rollout(workload)  # UserError names those that exist
        await self._measured()
        used = self._used.setdefault(workload, set())
        version = action.version or next_version({view.stable_version, view.current_version, *used})
        await self._stop_watching(workload)
        run = await self.session.push(release, workload, version)
        used.add(run.version)
        self._last = workload
        self.say(Line(f"Release: {workload} {run.version}, {release.name}. {release.summary}"))
        self._watch(run)

    async def _retry(self, workload: str) -> None:
        await self.session.platform.retry(workload)
        run = next((run for run in reversed(self.session.runs) if run.workload == workload), None)
        self.say(Line(f"{workload} is tried again, from its first step."))
        if run is not None:
            await self._stop_watching(workload)
            self._watch(self.session.again(run))

    async def _replay(self, speed: float) -> None:
        if self.shown.replay_at is not None:
            await self._live_again()
            return
        run = next((run for run in reversed(self.session.runs) if run.ended is not None), None)
        if run is None:
            raise UserError("Nothing can be shown again yet: no release has ended since the beginning.")
        record = await self.session.record(run)
        self.shown.replay_at = await self._replaying.begin(record, speed)
        self.shown.replay = f"{record.workload} {record.version}, {record.release.name}, again"
        self.shown.epoch += 1

    async def _live_again(self) -> None:
        if self.shown.replay_at is None:
            return
        self.shown.replay, self.shown.replay_at = "", None
        self.shown.epoch += 1
        self._change()
        await self._replaying.end()

    async def _reset(self) -> None:
        since = time.monotonic()
        await self._stop_watching(*self._watching)
        await bring_back(self.session.platform, self._first)
        shown, session = self.shown, self.session
        session.runs.clear()
        session.fresh()
        session.seconds = Seconds()
        session.began_at = time.time()
        self._used.clear()
        self._released_by.clear()
        shown.said.clear()
        shown.frozen, shown.epoch = False, shown.epoch + 1
        self._want_visitors(*self._visitors)
        self.say(Line(f"Everything is as at first, after {time.monotonic() - since:.1f} s.", Tone.GOOD))

    def _want_visitors(self, rate: float, shape: str) -> None:
        """They take some seconds to come, and nobody waits for them."""
        self.shown.rate, self.shown.shape = rate, shape
        if self._changing_visitors is None or self._changing_visitors.done():
            self._changing_visitors = asyncio.create_task(self._change_visitors())

    # --- what goes on beside ------------------------------------------------------------------------------------

    def _watch(self, run: ReleaseRun) -> None:
        self._watching[run.workload] = asyncio.create_task(self._watched(run))

    async def _watched(self, run: ReleaseRun) -> None:
        try:
            await self.session.watch(run, self._limit_s)
            await self._ended(await recovered(self.session, run, AFTER_S))
        except PlatformError as error:
            self.say(Line(str(error), Tone.BAD))

    async def _change_visitors(self) -> None:
        shown, session = self.shown, self.session
        while (wanted := (shown.rate, shown.shape)) != self._visiting:
            try:
                session.visitors = await session.visitors.change(*wanted)
            except PlatformError as error:
                self.say(Line(str(error), Tone.BAD))
                return
            self._visiting = wanted
            self.say(Line(f"Visitors send {wanted[0]:g} requests a second, {wanted[1]}."))

    async def _stop_watching(self, *workloads: str) -> None:
        tasks = [task for name in workloads if (task := self._watching.pop(name, None)) is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_measurable(self) -> None:
        await self.session.platform.measured()

    async def _measured(self) -> None:
        """Wait until a release can be judged; ask again where that failed."""
        assert self._measurable is not None
        if self._measurable.done() and self._measurable.exception() is not None:
            self._measurable = asyncio.create_task(self._until_measurable())
        await asyncio.shield(self._measurable)
