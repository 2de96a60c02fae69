"""The real Argo CD delivers: what a commit comes to, what a revert does, and what Argo CD does to other people's hands.

`--repeats=10` plays the story ten times on one platform.
"""

import asyncio
import json
import subprocess
import sys
import time

import pytest
import yaml

from e2e.bare.administrator import Administrator
from e2e.changes import wait_at_30_percent
from e2e.stage import Stage, StartStage
from platforms.delivery.git import cloned
from platforms.delivery.platform import DeliveredPlatform
from platforms.delivery.repository import Commit
from platforms.kube import commands
from platforms.kube.changing import NewTemplate
from seam.errors import UserError
from seam.releases import PodChange, released
from seam.verdict import delivered as delivered_in_words
from seam.views import RolloutView

pytestmark = pytest.mark.timeout(150)
_WEIGHTS = "{.spec.weighted.services[?(@.name=='smiley-canary')].weight}"


@pytest.mark.timeout(500)
async def test_a_bad_commit_is_rolled_back_and_its_revert_hurts_nobody(delivered: StartStage) -> None:
    async with delivered() as on:
        platform = of(on)
        for _ in range(on.pace.repeats):
            bad = await on.release("errors-40")
            assert bad.ended.aborted, bad.now
            degraded = await on.until(
                lambda view: standing_of(view) == ("Synced", "Degraded"), expected="Synced and Degraded"
            )
            head = await platform.delivery.head()
            assert degraded.delivery is not None
            assert (degraded.delivery.commit, head.subject) == (head.sha, f"smiley {bad.version}: errors-40")
            assert delivered_in_words(degraded) == (
                f"Delivered by commit {head.short}; rolled back in the cluster; the repository still says "
                f"{bad.version}."
            )
            await on.well_again(bad)

            since = time.time()
            taken_back, new, says = await platform.delivery.revert("smiley")
            assert (taken_back, says.version) == (head, "v1")
            await platform.delivery.synced(new)
            healed = await on.until(
                lambda view, new=new: (  # type: ignore[misc]
                    view.phase == "Healthy" and standing_of(view) == ("Synced", "Healthy") and at(view) == new.sha
                ),
                expected="Synced and Healthy again",
            )
            assert (healed.stable_version, healed.current_version) == ("v1", "v1")
            seen = await on.samples_from(since, for_s=time.time() - since + 2)
            assert seen
            assert not [sample for sample in seen if not sample.ok]
        # The other way out: on from there, as a new commit.
        assert (await on.release("good")).promoted
        await on.until(lambda view: standing_of(view) == ("Synced", "Healthy"), expected="Synced and Healthy")


async def test_what_is_done_in_the_cluster_by_hand_is_taken_back_and_faces_says_so_first(
    delivered: StartStage, admin: Administrator
) -> None:
    async with delivered() as on:
        platform = of(on)
        with pytest.raises(UserError, match="would take this change back within seconds; use --by git"):
            await super(DeliveredPlatform, platform).release("smiley", "good", PodChange())
        await by_hand(platform, lambda rollout, _: released(rollout["spec"]["template"], "good", "v7", PodChange()))
        # Half of it: what the repository does not know of the template stays, and that goes out as one more template.
        await on.until(
            lambda view: (
                (view.release, view.current_version) == ("good", "v1") and view.current_hash != view.stable_hash
            ),
            expected="half a release",
        )
        await on.until(lambda view: view.phase == "Healthy", expected="an end of it")
        assert admin.get("application", platform.name, "--namespace=argocd")["status"]["sync"]["status"] == "Synced"

        bad = await on.release("errors-40")
        assert bad.ended.aborted, bad.now
        with pytest.raises(UserError, match=r"take this change back within seconds; use `faces gitops revert"):
            await platform.undo("smiley")
        await by_hand(platform, lambda rollout, sets: commands.undo_if_possible(rollout, sets, None))
        # The bad version goes out again, and is rolled back again: once for each undo.
        await on.until(
            lambda view: view.canary_weight > 0 and view.current_version == bad.version, expected="it goes out again"
        )
        again = await on.until(lambda view: view.aborted and view.canary_weight == 0, expected="rolled back again")
        assert again.repository_disagrees
        shown = told(on, admin, "gitops", "status")
        assert f"smiley: rolled back in the cluster; the repository still says {bad.version}.\n" in shown
        assert "gitops revert smiley --on bare" in shown
        assert "release smiley --as good --by git --on bare" in shown


async def test_weights_are_the_controllers_as_long_as_argo_cd_is_told_so(
    delivered: StartStage, admin: Administrator
) -> None:
    async with delivered(change=wait_at_30_percent) as on:
        platform = of(on)
        await on.push("good")
        await on.until(lambda view: view.phase == "Paused", expected="the pause at 30 %")
        # Another object's change comes with a commit, and reaches it, in the middle of a canary.
        commit = await commit_a_label(platform, "service-gui.yaml")
        await platform.delivery.synced(commit)
        seen = [weight(admin, platform) for _ in range(10)]
        assert seen == [30] * 10
        assert admin.get("service", "gui", f"--namespace={platform.name}")["metadata"]["labels"]["later"] == "yes"

        # Without what the Application ignores, self-heal takes the canary's traffic away.
        path = ("application", platform.name, "--namespace=argocd")
        admin.kubectl("patch", *path, "--type=merge", f"--patch={json.dumps({'spec': {'ignoreDifferences': None}})}")
        await platform.delivery.refresh()
        deadline = time.monotonic() + 60
        while weight(admin, platform) != 0:
            assert time.monotonic() < deadline, "expected self-heal to set the canary's weight back within 60 s"
            await asyncio.sleep(0.2)
        # What Argo Rollouts itself says of it has not changed.
        assert (await platform.rollout("smiley")).canary_weight == 30


def of(on: Stage) -> DeliveredPlatform:
    assert isinstance(on.platform, DeliveredPlatform)
    return on.platform


def standing_of(view: RolloutView) -> tuple[str, str]:
    return (view.delivery.sync, view.delivery.health) if view.delivery is not None else ("", "")


def at(view: RolloutView) -> str:
    return view.delivery.commit if view.delivery is not None else ""


async def by_hand(platform: DeliveredPlatform, change: NewTemplate) -> None:
    """A new pod template, as `kubectl argo rollouts` would send it: nobody asks whether that is wise."""
    await platform._changing.template("smiley", change)


def weight(admin: Administrator, platform: DeliveredPlatform) -> int:
    """The canary's, as the router has it."""
    found = admin.kubectl(
        "get", "traefikservice", "smiley", f"--namespace={platform.name}", f"--output=jsonpath={_WEIGHTS}"
    )
    return int(found)


async def commit_a_label(platform: DeliveredPlatform, file: str) -> Commit:
    """A commit that releases nothing."""
    source = (await platform.delivery.application())["spec"]["source"]
    path = f"{platform.name}/app/{file}"
    async with cloned(platform.delivery.remote(source["repoURL"])) as clone:
        changed = yaml.safe_load(clone.read(path))
        changed["metadata"]["labels"]["later"] = "yes"
        commit = await clone.commit({path: yaml.safe_dump(changed)}, "gui gets a label")
        await clone.push()
        return commit


def told(on: Stage, admin: Administrator, *words: str) -> str:
    """What the command line prints of this run."""
    place = ("--on=bare", f"--cluster={admin.cluster.layout.name}", f"--name={on.platform.name}")
    command = [sys.executable, "-c", "import sys; from faces.cli.main import main; sys.argv[0] = 'faces'; main()"]
    done = subprocess.run([*command, *words, *place], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
