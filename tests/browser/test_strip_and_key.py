"""The strip (how the rollouts are doing) and the key (what is what, and how much of it)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from seam.views import DeliveryView

Json = dict[str, Any]
Open = Callable[[], Awaitable[None]]
Tile = Callable[..., Json]
Make = Callable[..., Any]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


async def step_states(page: Page) -> list[str | None]:
    return [await step.get_attribute("data-state") for step in await page.locator(".step").all()]


async def test_a_running_rollout_shows_its_step_weight_measurements_and_verdict(
    page: Page, gui: Any, opened: Open, running: Json
) -> None:
    gui.rollouts = [running]
    await opened()
    strip = page.locator("#strip")
    await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "running")
    await expect(strip.locator("h2")).to_have_text("smiley v1 → v2")
    await expect(strip.locator(".fault")).to_have_text("as errors-40")
    await expect(strip.locator(".phase")).to_have_text("watching")
    await expect(strip.locator(".number")).to_have_text("30 % of the traffic to v2", use_inner_text=True)
    await expect(strip.locator(".labels")).to_have_text("70 % stable v130 % canary v2")
    await expect(strip.locator(".stepper h3")).to_contain_text("Step 2 of 5")
    assert await step_states(page) == ["done", "now", "to come", "to come", "to come"]
    await expect(strip.locator(".step[aria-current=step]")).to_have_text("watch 20 snow")
    await expect(strip.locator(".step").nth(4)).to_have_text("wait for a person, to come")
    await expect(strip.locator(".metric h3")).to_have_text("success rate 62 %  bad")
    assert await strip.locator(".value").all_inner_texts() == ["99 %\ngood", "62 %\nbad"]
    await expect(strip.locator(".value").nth(0).locator("use")).to_have_attribute("href", "#i-tick")
    await expect(strip.locator(".value").nth(1).locator("use")).to_have_attribute("href", "#i-cross")


async def test_a_release_that_came_as_a_commit_names_it_and_a_rollback_says_what_the_repository_still_wants(
    page: Page, gui: Any, opened: Open, rollout: Make
) -> None:
    came = DeliveryView("1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "Synced", "Degraded")
    gui.rollouts = [rollout(delivery=came)]
    await opened()
    await expect(page.locator(".rollout header")).to_have_text("smiley v1 → v2as errors-40by commit 1a2b3c4watching")
    gui.rollouts = [rollout("aborted", delivery=came)]
    await expect(page.get_by_role("status")).to_have_text(
        "v2 was bad twice: rolled back to v1 in the cluster; the repository still says v2."
    )
    await expect(page.locator(".commit")).to_have_text("by commit 1a2b3c4")
    gui.rollouts = [rollout()]  # by a patch
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "running")
    await expect(page.locator(".commit")).to_have_count(0)


async def test_each_metric_says_exactly_what_its_template_demands_and_how_often_it_was_bad(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make, measured: Make
) -> None:
    metrics = (
        metric("success-rate", "ratio", ">=", 0.99, failed=1),
        metric("error-rate", "ratio", "<=", 0.10, failure_limit=0),
        metric("latency-p99-ms", "ms", "<=", 200, failure_limit=-1),
    )
    values = [("success-rate", "[0.98949]"), ("error-rate", "[0.0949]"), ("latency-p99-ms", "[199.6]")]
    gui.rollouts = [
        rollout(
            metrics=metrics,
            measurements=sum((measured((value, "Successful"), name=name) for name, value in values), ()),
        )
    ]
    await opened()
    await expect(page.locator(".demands")).to_have_text(["at least 99 %", "at most 10 %", "at most 200 ms"])
    assert await page.locator(".demands").all_inner_texts() == ["at least 99 %", "at most 10 %", "at most 200 ms"]
    await expect(page.locator(".metric .bad")).to_have_text(["bad 1 of 2", "bad 0 of 1"])
    await expect(page.locator(".metric b")).to_have_text(["98.9 %  good", "9.5 %  good", "200 ms  good"])


async def test_what_a_metric_demands_is_shown_before_it_is_measured(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make
) -> None:
    gui.rollouts = [rollout(metrics=(metric(run="", phase="Pending"),), measurements=())]
    await opened()
    await expect(page.locator(".metric h3")).to_have_text("success rate not measured yet")
    await expect(page.locator(".limits")).to_have_text("at least 95 %bad 0 of 2")
    gui.rollouts = [rollout("aborted", metrics=(metric(run="", phase="Pending"),), measurements=())]
    await expect(page.locator(".metric h3")).to_have_text("success rate not measured")


async def test_a_measurement_that_failed_to_be_made_says_why(
    page: Page, gui: Any, opened: Open, rollout: Make, measured: Make
) -> None:
    why = "Post http://prometheus:9090/api/v1/query: connection refused"
    gui.rollouts = [rollout(measurements=measured(("[0.99]", "Successful")) + measured(("", "Error"), message=why))]
    await opened()
    await expect(page.locator(".metric b")).to_have_text("no data  error")
    await expect(page.locator(".metric .message")).to_have_text(why)


async def test_an_aborted_rollout_says_that_it_went_back(page: Page, gui: Any, opened: Open, aborted: Json) -> None:
    gui.rollouts = [aborted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 was bad twice: rolled back to v1.")
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "back")
    await expect(page.locator(".number")).to_contain_text("0 %")
    await expect(page.locator(".stepper h3")).to_contain_text("Steps given up")
    assert set(await step_states(page)) == {"not reached"}
    # Why is in the words of the metric; Argo's own message is for where nothing else says it.
    await expect(page.locator(".message")).to_have_count(0)


async def test_an_aborted_rollout_whose_new_version_still_has_traffic_does_not_look_as_if_it_were_back(
    page: Page, gui: Any, opened: Open, rollout: Make
) -> None:
    gui.rollouts = [rollout("aborted", canary_weight=30, stable_weight=70)]
    await opened()
    await expect(page.get_by_role("status")).to_have_text(
        "v2 was bad twice: rolling back; v2 still has 30 % of the traffic, v1 has 70 %."
    )
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "leaving")
    await expect(page.locator(".number")).to_have_text("30 % of the traffic still goes to v2", use_inner_text=True)
    leaving = await page.locator(".tone").evaluate("e => getComputedStyle(e).backgroundColor")
    gui.rollouts = [rollout("aborted")]
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "back")
    assert await page.locator(".tone").evaluate("e => getComputedStyle(e).backgroundColor") != leaving


async def test_a_degraded_rollout_that_was_not_aborted_is_in_trouble_and_its_steps_stand(
    page: Page, gui: Any, opened: Open, rollout: Make
) -> None:
    gui.rollouts = [rollout(phase="Degraded", message="ProgressDeadlineExceeded: it has timed out progressing.")]
    await opened()
    await expect(page.get_by_role("status")).to_contain_text("v2 is in trouble: ProgressDeadlineExceeded")
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "trouble")
    assert await step_states(page) == ["done", "now", "to come", "to come", "to come"]


async def test_a_promoted_rollout_has_all_steps_done_and_no_canary(
    page: Page, gui: Any, opened: Open, promoted: Json
) -> None:
    gui.rollouts = [promoted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 serves everybody.")
    await expect(page.locator(".tone use")).to_have_attribute("href", "#i-tick")
    await expect(page.locator("#strip h2")).to_have_text("smiley v2")
    await expect(page.locator(".stepper h3")).to_contain_text("All steps done")
    assert set(await step_states(page)) == {"done"}
    await expect(page.locator("#strip .number")).to_have_count(0)


async def test_a_rollout_that_was_promoted_unmeasured_says_so_and_has_no_tick(
    page: Page, gui: Any, opened: Open, rollout: Make, measured: Make
) -> None:
    gui.rollouts = [rollout("promoted", measured=False, measurements=measured(("", "Error"), ("", "Error")))]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 was promoted unmeasured: every measurement was an error.")
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "unmeasured")
    await expect(page.locator(".tone use")).to_have_attribute("href", "#i-what")


@pytest.mark.parametrize(
    ("rollouts", "more", "words"),
    [
        ([], {}, "There are no rollouts here."),
        ([{}, "smiley", None], {}, "There are no rollouts here."),
        (None, {}, "Rollout status is unavailable."),
        (
            [],
            {"reason": "Rollout status is unavailable: STATUS_SERVICE is not set."},
            "Rollout status is unavailable: STATUS_SERVICE is not set.",
        ),
    ],
    ids=["none", "odd", "error", "reason"],
)
async def test_without_rollouts_the_strip_says_so_quietly(
    page: Page, gui: Any, opened: Open, rollouts: list[Any] | None, more: Json, words: str
) -> None:
    gui.rollouts, gui.more = rollouts, more
    await opened()
    await expect(page.locator("#verdict")).to_have_text(words)
    await expect(page.locator("#strip article")).to_have_count(0)
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)


async def test_the_strip_recovers_by_itself(page: Page, gui: Any, opened: Open, running: Json) -> None:
    gui.rollouts = None
    await opened()
    await expect(page.locator("#verdict")).to_have_text("Rollout status is unavailable.")
    gui.rollouts = [running]
    await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")


async def test_a_rollout_of_which_little_is_known_is_shown_as_far_as_it_goes(
    page: Page, gui: Any, opened: Open
) -> None:
    odd: Json = {"steps": None, "weights": "?", "measurements": [{}, 3], "metrics": [{}, {"name": "a", "limits": 3}]}
    gui.rollouts = [{"name": "smiley", "phase": "Progressing"} | odd]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("smiley is Progressing")
    await expect(page.locator("#strip h2")).to_have_text("smiley")
    await expect(page.locator(".metric h3")).to_have_text(["a not measured yet", "metric no data  measured"])
    await expect(page.locator(".value")).to_have_text("no data measured")


async def test_several_rollouts_in_progress_are_all_shown(
    page: Page, gui: Any, opened: Open, rollout: Make, running: Json, promoted: Json
) -> None:
    color = rollout(name="color", current_version="v3", canary_weight=50, stable_weight=50, measurements=())
    gui.rollouts = [running, color, promoted | {"name": "face"}]
    await opened()
    await expect(page.locator(".verdict")).to_have_text(
        ["smiley: v2 has 30 % and was bad once.", "color: v3 has 50 % of the traffic; v1 has 50 %."]
    )
    await expect(page.locator("#strip article.compact")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0


async def test_a_rollout_that_is_rolled_back_while_another_one_runs_is_shown_and_spoken(
    page: Page, gui: Any, opened: Open, rollout: Make, running: Json, aborted: Json
) -> None:
    color = rollout(name="color", current_version="v3", measurements=())
    gui.rollouts = [running, color]
    await opened()
    await expect(page.locator("#verdict .verdict")).to_have_count(2)
    gui.rollouts = [aborted, color]
    status = page.get_by_role("status")
    await expect(status.locator(".verdict").first).to_have_text("smiley: v2 was bad twice: rolled back to v1.")
    await expect(status.locator(".verdict").last).to_contain_text("color: v3 has 30 % of the traffic")
    await expect(page.locator("#strip article h2")).to_have_text(["smiley v1 → v2", "color v1 → v3"])


async def test_a_rollout_that_is_promoted_while_another_one_runs_is_shown_for_a_minute_and_then_gives_way(
    page: Page, gui: Any, opened: Open, rollout: Make, running: Json, promoted: Json
) -> None:
    await page.clock.install()
    color = rollout(name="color", current_version="v3", measurements=())
    gui.rollouts = [running, color]
    await opened()
    await page.clock.run_for(1000)
    await expect(page.locator(".verdict")).to_have_count(2)
    gui.rollouts = [promoted, color]
    await page.clock.run_for(2000)
    await expect(page.locator(".verdict").first).to_have_text("smiley: v2 serves everybody.")
    for _ in range(60):
        await page.clock.run_for(1000)
    await expect(page.get_by_role("status")).to_have_text("v3 has 30 % of the traffic; v1 has 70 %.")


async def test_before_any_release_the_plan_is_that_of_a_rollout_with_steps(
    page: Page, gui: Any, opened: Open, rollout: Make
) -> None:
    rest = {"stable_version": "v1", "current_version": "v1", "release": None, "measurements": (), "revision": 1}
    beside = [rollout("promoted", name=name, **rest) for name in ("color", "face")]
    without_steps = rollout("promoted", name="gui", steps=(), **rest)
    gui.rollouts = [*beside, without_steps | {"phase": "Progressing"}, rollout("promoted", **rest)]
    await opened()
    gui.rollouts = [*beside, without_steps, rollout("promoted", **rest)]  # it was the last that changed
    await expect(page.locator("#rollouts h2")).to_have_text("smiley v1")
    await expect(page.locator(".way")).to_have_text("30 % → 50 % → everybody")


async def test_between_rollouts_the_one_that_changed_last_is_shown(
    page: Page, gui: Any, opened: Open, rollout: Make, promoted: Json, running: Json
) -> None:
    face = rollout("promoted", name="face", stable_version="v7", current_version="v7", revision=7)
    gui.rollouts = [face, promoted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v7 serves everybody.")
    gui.rollouts = [face, running]
    await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")
    gui.rollouts = [face, promoted]
    await expect(page.get_by_role("status")).to_have_text("v2 serves everybody.")


async def test_the_verdict_is_not_announced_again_while_it_stays(
    page: Page, gui: Any, opened: Open, rollout: Make, running: Json, aborted: Json
) -> None:
    gui.rollouts = [running]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")
    await page.evaluate(
        "window.changes = 0; new MutationObserver(() => { window.changes += 1; })"
        ".observe(document.getElementById('verdict'), {childList: true, subtree: true, characterData: true})"
    )
    gui.rollouts = [rollout(current_step_index=2)]
    await expect(page.locator(".stepper h3")).to_contain_text("Step 3 of 5")
    assert await page.evaluate("window.changes") == 0
    gui.rollouts = [aborted]
    await expect(page.get_by_role("status")).to_have_text("v2 was bad twice: rolled back to v1.")
    assert await page.evaluate("window.changes") > 0


async def test_markup_in_what_the_server_says_is_text(page: Page, gui: Any, opened: Open, running: Json) -> None:
    hostile = "<img src=x onerror='document.title=1'>"
    odd = {"name": hostile, "demands": hostile, "run": "r", "limits": {"failure": 1}}
    value = {"metric": hostile, "run": "r", "words": hostile, "phase": hostile, "message": hostile}
    more = {"verdict": hostile, "message": f"{hostile}!", "canaryVersion": hostile, "metrics": [odd]}
    gui.rollouts = [running | more | {"measurements": [value]}]
    await opened()
    await expect(page.get_by_role("status")).to_have_text(hostile)
    await expect(page.locator(".demands")).to_have_text(hostile)
    assert await page.locator("#strip img").count() == 0
    assert await page.title() == "Faces"


async def test_the_key_shows_the_live_share_of_each_version(
    page: Page, gui: Any, opened: Open, tile: Tile, running: Json
) -> None:
    served: list[str] = []

    async def face(_row: int, _col: int) -> web.Response:
        served.append("v2" if len(served) % 4 == 0 else "v1")
        return web.json_response(tile(version=served[-1]))

    gui.face = face
    gui.rollouts = [running]
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
    await expect(page.locator("#asked")).to_have_text(str(len(served)))
    canary = round(100 * served.count("v2") / len(served))
    shares = [f"v1 {100 - canary} % square tiles", f"v2 {canary} % round tiles"]
    await expect(page.locator("#key .share")).to_have_text(shares)
    await expect(page.locator("#key .bar i.canary")).to_have_css("flex-grow", str(canary))


async def test_the_counters_tell_how_many_went_well(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    bad = tile("&#x1F92C;", errors=["smiley: error 500"])
    answered: list[bool] = []

    async def face(row: int, _col: int) -> web.Response:
        answered.append(row > 0)
        return web.json_response(tile() if row else bad)

    gui.face = face
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
    await expect(page.locator("#asked")).to_have_text(str(len(answered)))
    await expect(page.locator("#failed")).to_have_text(str(answered.count(False)))
    shares = [await page.locator(f"#{name}").inner_text() for name in ("happy", "unhappy")]
    assert sum(int(share.removesuffix(" %")) for share in shares) == 100


async def test_the_key_names_each_look_and_can_be_hidden(page: Page, gui: Any, opened: Open) -> None:
    await opened()
    await expect(page.locator("#key li")).to_have_count(10)
    await expect(page.locator("#key")).to_contain_text("rate limited")
    gui.config |= {"hideKey": True}
    await opened()
    await expect(page.locator("#key")).to_be_hidden()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
