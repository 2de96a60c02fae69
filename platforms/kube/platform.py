"""The cluster platform: the seam's verbs on real Kubernetes, where the real Argo Rollouts decides."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

from platforms.kube import commands, delivered, namespaces, replicas
from platforms.kube.applying import Kinds, Transform, apply, kinds_of, render
from platforms.kube.changing import Changing
from platforms.kube.client import Cluster
from platforms.kube.installed import check_plugins, check_versions
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.measuring import check_templates, queries_of
from platforms.kube.objects import Objects
from platforms.kube.placing import RUN, with_annotations
from platforms.kube.preflight import check_access, needed
from platforms.kube.reach import Reach
from platforms.kube.readiness import wait_until_healthy, wait_until_served
from platforms.kube.resources import ANALYSIS_TEMPLATES, APPLICATIONS, EVENTS, ROLLOUTS, Object
from platforms.kube.settings import ClusterSettings
from platforms.kube.views import event_views, rollout_view, rollout_views
from platforms.kube.watching import Watching
from platforms.measuring import wait_until_measured
from seam.errors import NotRunning, PlatformError, RunEnded, UserError
from seam.provider import Ready, workloads_ready
from seam.releases import PodChange, next_version, version_of
from seam.views import EventView, PlatformView, RolloutView

__all__ = ["ClusterPlatform", "ClusterSettings"]

Say = Callable[[str], None]
View = TypeVar("View", RolloutView, PlatformView)

# Once the cluster has answered, an API server that restarts is waited for.
_PATIENCE_S = 15.0


class ClusterPlatform:
    """One run. `start` creates it, `attach` finds one that exists; close() leaves it running, down() deletes it."""

    def __init__(
        self, settings: ClusterSettings, cluster: Cluster, reach: Reach, engine: str, transform: Transform
    ) -> None:
        self._settings, self._cluster, self._reach, self._transform = settings, cluster, reach, transform
        self._run = settings.namespace
        self._labelled = {"labelSelector": f"{RUN}={self._run}"}
        self._watching = Watching(cluster, self._run, {ROLLOUTS: self._labelled, APPLICATIONS: self._labelled})
        self._changing = Changing(cluster, self._watching, self._run)
        self._engine = engine

    @classmethod
    async def start(
        cls,
        settings: ClusterSettings,
        reach: Reach,
        *,
        transform: Transform = lambda _: None,
        services: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        say: Say = lambda _: None,
    ) -> Self:
        """Return when the app answers. `transform` changes each document before it is applied; `say` gets the progress.
        `services` are annotations of Services by name: see placing.with_annotations.

        Nothing is changed in the cluster before it was checked. A run that does not come up is deleted again.
        """
        platform = await cls._connected(settings, reach, transform)
        async with platform._closed_on_error():  # noqa: SLF001 - its own
            await platform._come_up(services, say)  # noqa: SLF001
        return platform

    @classmethod
    async def attach(cls, settings: ClusterSettings, reach: Reach) -> Self:
        """The run that is up in this namespace. Raises NotRunning."""
        platform = await cls._connected(settings, reach, lambda _: None)
        async with platform._closed_on_error():  # noqa: SLF001 - its own
            await platform._find_run()  # noqa: SLF001
        return platform

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def name(self) -> str:
        return self._run

    async def close(self) -> None:
        await self._watching.close()
        await self._reach.close()
        await self._cluster.close()

    async def down(self, *, wait: bool = True) -> None:
        """Delete the run; return when nothing is left of it, or without `wait` when the cluster has accepted that."""
        await self._watching.close()
        if wait:
            await namespaces.delete_and_wait(self._cluster, self._run)
        else:
            await namespaces.delete(self._cluster, self._run)

    # --- coming up ------------------------------------------------------------------------------------------

    @classmethod
    async def _connected(cls, settings: ClusterSettings, reach: Reach, transform: Transform) -> Self:
        cluster = await Cluster.connect(Kubeconfig(settings.kubeconfig, settings.context))
        try:
            engine = await check_versions(cluster)
        except BaseException:
            await cluster.close()
            await reach.close()
            raise
        cluster.patience_s = _PATIENCE_S
        return cls(settings, cluster, reach, engine, transform)

    @contextlib.asynccontextmanager
    async def _closed_on_error(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            await self.close()
            raise

    async def _come_up(self, services: Mapping[str, Mapping[str, str]], say: Say) -> None:
        rendered = with_annotations(await self._rendered(self._settings.manifests), services)
        kinds = await kinds_of(self._cluster, rendered)
        await check_plugins(self._cluster, rendered)
        check_templates(rendered)
        own_namespace = await namespaces.is_free(self._cluster, self._run)
        await check_access(self._cluster, needed(kinds.values(), own_namespace=own_namespace), self._run)
        if await namespaces.is_up(self._cluster, self._run):
            end = self._command_for("down")
            raise UserError(f"A run is up in namespace {self._run}; end it with {end}, or choose another --name.")
        if not own_namespace:
            await namespaces.check_guest(self._cluster, self._run, rendered)
        await self._open_prometheus()
        try:
            say(f"Applying the manifests in namespace {self._run}, under {self._engine}.")
            await namespaces.prepare(self._cluster, self._run, rendered, own=own_namespace)
            await self._put(rendered, kinds, say)
            await self._start_watching()
            await wait_until_healthy(self._watching, say)
            say(workloads_ready(str(one["metadata"]["name"]) for one in self._watching.objects().rollouts))
            gui, _ = await self._addresses()
            await wait_until_served(gui, f"{self._settings.front} in namespace {self._run}")
            say(Ready("The page answers."))
        except BaseException:
            with contextlib.suppress(PlatformError):  # what went wrong first is what is raised
                await namespaces.delete(self._cluster, self._run)
            raise

    async def _put(self, rendered: list[dict[str, Any]], kinds: Kinds, say: Say) -> None:
        """Bring the manifests of a new run into its namespace, which is there."""
        del say  # nothing that takes long
        await apply(self._cluster, rendered, kinds, self._run)

    async def _find_run(self) -> None:
        if not await namespaces.is_up(self._cluster, self._run):
            raise NotRunning(f"No run is up in namespace {self._run}; start one with {self._command_for('up')}.")
        await self._start_watching()

    async def _start_watching(self) -> None:
        is_delivered = await delivered.application_of(self._cluster, self._run) is not None
        await self._watching.start({APPLICATIONS: delivered.NAMESPACE} if is_delivered else {})

    def _command_for(self, verb: str) -> str:
        return f"`faces {verb} --on {self._settings.platform} --name {self._run}`"

    async def _rendered(self, folder: str) -> list[dict[str, Any]]:
        rendered = await render(self._settings.kubectl, folder)
        for document in rendered:
            self._transform(document)
        return rendered

    async def _addresses(self) -> tuple[str, str]:
        """Of the page and of Prometheus. Opened when somebody needs them: `faces abort` needs neither."""
        front = await self._reach.open(self._run, self._settings.front, 80)
        return f"{front}/faces/", await self._open_prometheus()

    async def _open_prometheus(self) -> str:
        return await self._reach.open(*self._settings.prometheus_target)

    # --- looking --------------------------------------------------------------------------------------------

    async def view(self) -> PlatformView:
        return self._view(self._watching.objects(), *await self._addresses())

    async def rollout(self, name: str) -> RolloutView:
        return self._rollout_view(self._watching.objects(), name)

    async def watch(self, name: str) -> AsyncGenerator[RolloutView]:
        await self.rollout(name)
        async with contextlib.aclosing(self._watching.states()) as states:
            async for view in _distinct(states, lambda objects: self._rollout_view(objects, name, watched=True)):
                yield view

    async def watch_all(self, *, addresses: bool = True) -> AsyncGenerator[PlatformView]:
        gui, prometheus = await self._addresses() if addresses else ("", "")
        async with contextlib.aclosing(self._watching.states()) as states:
            async for view in _distinct(states, lambda objects: self._view(objects, gui, prometheus)):
                yield view

    async def events(self, name: str) -> tuple[EventView, ...]:
        rollout = self._find(self._watching.objects(), name)
        query = {"fieldSelector": f"involvedObject.uid={rollout['metadata']['uid']}"}
        return event_views((await self._cluster.get(EVENTS.path(self._run), query))["items"])

    async def measured(self) -> None:
        templates = (await self._cluster.get(ANALYSIS_TEMPLATES.path(self._run), self._labelled))["items"]
        queries = queries_of(self._watching.objects().rollouts, templates)
        await wait_until_measured(await self._open_prometheus(), queries, self._run)

    async def pod_metrics(self, name: str) -> dict[str, str]:
        view = await self.rollout(name)
        return await replicas.metrics(self._cluster, self._run, view, self._watching.objects().pods)

    def _view(self, objects: Objects, gui: str, prometheus: str) -> PlatformView:
        if not objects.rollouts:
            raise self._ended()
        return PlatformView(self._settings.platform, self._engine, gui, prometheus, rollout_views(objects))

    def _rollout_view(self, objects: Objects, name: str, *, watched: bool = False) -> RolloutView:
        return rollout_view(self._find(objects, name, watched=watched), objects)

    def _find(self, objects: Objects, name: str, *, watched: bool = False) -> Object:
        """The Rollout of that name. One that is `watched` was there before: if it is gone, so is the run."""
        known = {str(one["metadata"]["name"]): one for one in objects.rollouts}
        if name in known:
            return known[name]
        if watched or not known:
            raise self._ended()
        raise UserError(f"There is no Rollout {name!r}; there are {', '.join(sorted(known))}.")

    def _ended(self) -> RunEnded:
        return RunEnded(f"The run in namespace {self._run} has ended: somebody deleted its Rollouts.")

    # --- changing -------------------------------------------------------------------------------------------

    async def apply(self, directory: Path) -> None:
        self._check_not_delivered("a commit")
        rendered = await self._rendered(str(directory))
        names = {document["metadata"]["name"] for document in rendered if document["kind"] == "Rollout"}
        if names != {one["metadata"]["name"] for one in self._watching.objects().rollouts}:
            raise UserError(
                f"The Rollouts of a run cannot be added or taken away; end it with {self._command_for('down')} first."
            )
        check_templates(rendered)
        for rollout in await apply(self._cluster, rendered, await kinds_of(self._cluster, rendered), self._run):
            await self._watching.until_delivered(ROLLOUTS, rollout)

    async def release(self, workload: str, name: str, change: PodChange, version: str | None = None) -> str:
        self.check_possible(name, change)
        self._check_not_delivered("--by git")
        await self.rollout(workload)
        chosen = ""

        def changed(rollout: Object, replica_sets: list[Object]) -> Mapping[str, Any]:
            nonlocal chosen
            template = rollout["spec"]["template"]
            known = [version_of(one["spec"]["template"]) for one in replica_sets] + [version_of(template)]
            chosen = version or next_version(known)
            return commands.release(template, name, chosen, change)

        await self._changing.template(workload, changed)
        return chosen

    def check_possible(self, name: str, change: PodChange) -> None:
        """UserError for a release that would be a good one here, because it is bad by what the data plane lacks."""
        commands.check_release(name, change, self._watching.objects().pods)

    def _check_not_delivered(self, instead: str) -> None:
        """UserError for a run that comes from a repository: Argo CD would take the change back, or half of it."""
        if self._watching.objects().applications:
            raise UserError(
                f"The run {self._run} is delivered from a repository, and Argo CD would take this change back within "
                f"seconds; use {instead}."
            )

    async def undo(self, name: str, revision: int | None = None) -> None:
        self._check_not_delivered(self._command_for("gitops revert"))
        await self.rollout(name)
        await self._changing.template(name, lambda rollout, sets: commands.undo_if_possible(rollout, sets, revision))

    async def promote(self, name: str, *, full: bool = False) -> None:
        await self._command(name, lambda rollout: commands.promote_if_possible(rollout, full=full))

    async def abort(self, name: str) -> None:
        await self._command(name, commands.abort)

    async def retry(self, name: str) -> None:
        await self._command(name, commands.retry)

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        return await self._switch_faults(name, faults, version)

    async def clear(self, name: str, version: str | None = None, kinds: Sequence[str] = ()) -> list[str]:
        return await self._switch_faults(name, None, version, kinds)

    async def _command(self, name: str, command: Callable[[Object], commands.Patches]) -> None:
        await self.rollout(name)
        await self._changing.command(name, command)

    async def _switch_faults(
        self, name: str, faults: Mapping[str, Any] | None, version: str | None, kinds: Sequence[str] = ()
    ) -> list[str]:
        view, pods = await self.rollout(name), self._watching.objects().pods
        return await replicas.switch_faults(self._cluster, self._reach, view, pods, faults, version, kinds)


async def _distinct(states: AsyncIterator[Objects], view_of: Callable[[Objects], View]) -> AsyncIterator[View]:
    """The view of each state that differs from the one before."""
    last: View | None = None
    async for objects in states:
        view = view_of(objects)
        if view != last:
            last = view
            yield view
