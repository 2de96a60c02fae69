import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from platforms.kube.client import APPLY, JSON_PATCH, Cluster, Unreachable
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.refusals import Refused
from tests.platforms.kube.api import FakeApi, status

ONE = "/api/v1/namespaces/run/configmaps/one"
ALL = "/api/v1/namespaces/run/configmaps"


async def test_what_is_sent_is_what_the_api_is_asked(api: FakeApi, cluster: Cluster) -> None:
    seen: list[tuple[str, str, str | None]] = []

    def look(request: web.Request) -> None:
        seen.append((request.method, request.content_type, request.query.get("fieldManager")))

    api.answer = look
    await cluster.patch(ONE, {"data": {"a": "1"}}, APPLY, {"force": "true"})
    await cluster.patch(ONE, {"data": {"b": "2"}})
    await cluster.patch(ONE, [{"op": "replace", "path": "/data/a", "value": "3"}], JSON_PATCH)
    assert (await cluster.get(ONE))["data"] == {"a": "3", "b": "2"}
    await cluster.delete(ONE)
    await cluster.delete(ONE)
    assert seen == [
        ("PATCH", "application/apply-patch+yaml", "faces"),
        ("PATCH", "application/merge-patch+json", "faces"),
        ("PATCH", "application/json-patch+json", "faces"),
        ("GET", "application/json", None),
        ("DELETE", "application/json", None),
        ("DELETE", "application/json", None),
    ]


async def test_a_no_keeps_its_status(api: FakeApi, cluster: Cluster) -> None:
    with pytest.raises(Refused, match=r'^The cluster refused: configmaps "one" not found\.$') as told:
        await cluster.get(ONE)
    assert told.value.status == 404
    api.answer = lambda _: status(403, 'User "jane" cannot delete resource "configmaps" in API group ""')
    with pytest.raises(Refused, match=r"^jane may not delete configmaps\.$"):
        await cluster.delete(ONE)


async def test_a_cluster_that_is_not_there_is_named(api: FakeApi, cluster: Cluster) -> None:
    await api.stop()
    with pytest.raises(Unreachable, match=rf"^The cluster at http://127.0.0.1:{api.port} does not answer: .*\.$"):
        await cluster.get(ONE)


async def test_an_api_server_that_restarts_is_waited_for(api: FakeApi, cluster: Cluster) -> None:
    api.put(ONE, {"data": {}})
    cluster.patience_s = 15
    await api.stop()
    asking = asyncio.create_task(cluster.get(ONE))
    done, _ = await asyncio.wait([asking], timeout=0.3)
    assert not done
    await api.start()
    assert (await asking)["data"] == {}


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_an_api_server_that_is_too_busy_is_asked_again(api: FakeApi, cluster: Cluster, code: int) -> None:
    api.put(ONE, {"data": {}})
    busy = [status(code, "later"), status(code, "later")]
    api.answer = lambda _: busy.pop() if busy else None
    with pytest.raises(Unreachable, match=r"^The cluster at http://.* cannot do it now: later\.$"):
        await cluster.get_once(ONE)
    cluster.patience_s = 15
    assert await cluster.get(ONE)


def busy(code: int, retry_after: str) -> web.Response:
    return web.Response(status=code, text="later", headers={"Retry-After": retry_after})


async def asked_at(api: FakeApi, cluster: Cluster, answers: list[web.Response]) -> list[float]:
    """When each request came for a get that is first answered so."""
    api.put(ONE, {"data": {}})
    times: list[float] = []

    def answer(_: web.Request) -> web.Response | None:
        times.append(asyncio.get_running_loop().time())
        return answers.pop(0) if answers else None

    api.answer = answer
    await cluster.get(ONE)
    return times


@pytest.mark.parametrize("code", [429, 503])
async def test_a_server_is_not_asked_again_before_it_wants_to_be(api: FakeApi, cluster: Cluster, code: int) -> None:
    cluster.patience_s = 15
    first, second, third = await asked_at(api, cluster, [busy(code, "1"), busy(code, "nonsense")])
    assert second - first >= 1
    assert third - second < 1
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    first, second = await asked_at(api, cluster, [busy(code, soon)])
    assert second - first > 0.8  # a date has whole seconds


async def test_a_server_that_wants_more_patience_than_there_is_is_not_waited_for(
    api: FakeApi, cluster: Cluster
) -> None:
    cluster.patience_s = 15
    api.answer = lambda _: busy(503, "60")
    with pytest.raises(Unreachable, match=r"cannot do it now: later; it asks to wait 60 s\.$") as told:
        await cluster.get(ONE)
    assert told.value.retry_after_s == 60
    assert api.asked == [f"GET {ONE}"]


async def test_each_retry_is_logged(api: FakeApi, cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "platforms.kube")
    cluster.patience_s = 15
    await asked_at(api, cluster, [status(500, "oh")])
    line = json.loads(caplog.records[-1].message)
    assert (line["event"], line["method"], line["path"], line["after_s"]) == ("request retried", "GET", ONE, 0.1)
    assert "cannot do it now: oh." in line["error"]


async def test_an_object_is_found_or_not_there(api: FakeApi, cluster: Cluster) -> None:
    assert await cluster.find(ONE) is None
    api.put(ONE, {"data": {"a": "1"}})
    found = await cluster.find(ONE)
    assert found is not None
    assert found["data"] == {"a": "1"}
    api.answer = lambda _: status(403, "no")
    with pytest.raises(Refused):
        await cluster.find(ONE)


async def test_an_answer_that_is_no_json_is_no_api_servers(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda _: web.Response(text="<html>Log in")
    with pytest.raises(Unreachable, match="<html>Log in"):
        await cluster.get(ONE)


async def test_credentials_that_ran_out_are_fetched_anew_once(
    api: FakeApi, write_kubeconfig: Callable[[int], str]
) -> None:
    api.put(ONE, {"data": {}})
    api.answer = lambda request: (
        status(401, "Unauthorized") if request.headers["Authorization"] != "Bearer second" else None
    )
    file = write_kubeconfig(api.port)
    async with await Cluster.connect(Kubeconfig(file)) as cluster:
        with pytest.raises(Refused, match=r"^The cluster does not accept the credentials of the kubeconfig"):
            await cluster.get(ONE)
        config = Path(file)
        config.write_text(config.read_text().replace("first", "second"))
        assert await cluster.get(ONE)


async def test_credentials_that_ran_out_end_no_watch_and_are_fetched_once_for_all(
    api: FakeApi, write_kubeconfig: Callable[[int], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "platforms.kube")
    api.put(ONE, {"data": {}})
    file = write_kubeconfig(api.port)
    async with await Cluster.connect(Kubeconfig(file)) as cluster:
        config = Path(file)
        config.write_text(config.read_text().replace("first", "second"))
        api.answer = lambda request: (
            status(401, "Unauthorized") if request.headers["Authorization"] != "Bearer second" else None
        )
        changes = [cluster.watch(ALL, "0") for _ in range(4)]
        firsts = await asyncio.gather(*(anext(one) for one in changes))
        assert [first["type"] for first in firsts] == ["ADDED"] * 4
        for one in changes:
            await one.aclose()
    assert caplog.text.count("credentials renewed") == 1


async def test_a_watch_tells_what_happened_since_a_version_and_goes_on(api: FakeApi, cluster: Cluster) -> None:
    api.put(ONE, {"data": {"n": "1"}})
    since = api.put(ONE, {"data": {"n": "2"}})["metadata"]["resourceVersion"]
    api.put(ONE, {"data": {"n": "x" * 300_000}})
    changes = cluster.watch(ALL, since)
    first = await anext(changes)
    assert (first["type"], len(first["object"]["data"]["n"])) == ("MODIFIED", 300_000)
    assert (await anext(changes))["type"] == "BOOKMARK"
    api.remove(ONE)
    assert (await anext(changes))["type"] == "DELETED"
    api.drop_watches()
    with pytest.raises(Unreachable):
        [change async for change in changes]


async def test_a_watch_that_is_refused_says_so(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda _: status(410, "too old resource version")
    with pytest.raises(Refused) as told:
        await anext(cluster.watch(ALL, "1"))
    assert told.value.status == 410
