import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.command import locust_arguments, parse
from loadgen.settings import ENVIRONMENT_VARIABLE, Settings, from_environment

LEAST = ["--url", "http://127.0.0.1:8080", "--rate", "40"]


@pytest.mark.parametrize(("rate", "users"), [("0.5", 1), ("8", 1), ("8.1", 2), ("40", 5), ("41", 6), ("1000", 125)])
def test_no_visitor_is_faster_than_the_page(rate: str, users: int) -> None:
    settings = parse(["--url", "http://localhost", "--rate", rate]).settings
    assert settings.users == users
    assert users / settings.tile_interval_s == pytest.approx(float(rate))
    assert settings.tile_interval_s >= 1 / 8


@pytest.mark.parametrize("shape", ["ramp", "burst"])
def test_a_shape_that_changes_has_a_few_slower_visitors_to_change_with(shape: str) -> None:
    settings = parse([*LEAST, "--rate", "8", "--shape", shape]).settings
    assert (settings.users, settings.tile_interval_s) == (4, 0.5)


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("90", 90), ("1.5s", 1.5), ("5m", 300), ("1h30m", 5400), ("1m5", 65)]
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse([*LEAST, "--duration", text]).settings.duration_s == seconds


@pytest.mark.parametrize("end", ["", "/", "/faces", "/faces/"])
@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "https://host/demo", "http://faces"])
def test_the_address_may_be_that_of_the_page_or_of_what_is_above_it(base: str, end: str) -> None:
    assert parse(["--url", base + end, "--rate", "1"]).settings.url == base


def test_the_log_is_named_by_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse([*LEAST, "--out", "samples.ndjson"]).settings.out == str(tmp_path / "samples.ndjson")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--rate", "40"], "--url"),
        (["--url", "http://localhost"], "--rate"),
        ([*LEAST, "--url", "localhost:8080"], "--url"),
        ([*LEAST, "--url", "ftp://localhost"], "--url"),
        ([*LEAST, "--url", "http://"], "--url"),
        ([*LEAST, "--url", "http://["], "--url"),
        ([*LEAST, "--url", "http://localhost:99999"], "--url"),
        ([*LEAST, "--url", "http://localhost/?row=1"], "--url"),
        *(([*LEAST, "--rate", bad], "--rate") for bad in ("0", "-1", "nan", "inf", "many", "1000.1")),
        *(([*LEAST, "--duration", bad], "--duration") for bad in ("", "0", "0s", "-5s", "soon", "5m1h")),
        ([*LEAST, "--shape", "wavy"], "--shape"),
        ([*LEAST, "--out", "/no/such/folder/log"], "--out"),
        ([*LEAST, "--out", "/"], "--out"),
        ([*LEAST, "--rows", "0"], "--rows"),
        ([*LEAST, "--cols", "101"], "--cols"),
        ([*LEAST, "--cols", "²"], "--cols"),
        ([*LEAST, "--user-header", "X User"], "--user-header"),
        ([*LEAST, "--user-header", ""], "--user-header"),
        ([*LEAST, "--web-port", "8089"], "--web-port"),
        ([*LEAST, "--web", "--web-port", "70000"], "--web-port"),
        ([*LEAST, "--raet", "1"], "--raet"),
        ([*LEAST, "--attached", "--json"], "--json"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_that_names_the_option(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(arguments)
    said = capsys.readouterr().err
    assert refused.value.code == 2
    assert named in said
    assert len(said.splitlines()) == 1


def test_a_port_that_is_taken_is_refused_before_locust_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit):
            parse([*LEAST, "--web", "--web-port", str(port)])
    assert f"argument --web-port: {port} is taken" in capsys.readouterr().err


def test_locust_is_headless_and_quiet_unless_its_page_is_asked_for() -> None:
    headless = locust_arguments(parse(LEAST))
    assert {"--headless", "--only-summary", "--skip-log-setup"} <= set(headless)
    assert "--skip-log-setup" in locust_arguments(parse([*LEAST, "--web"]))
    assert "--web-port" not in headless


def test_locusts_page_is_served_on_this_machine_only() -> None:
    arguments = locust_arguments(parse([*LEAST, "--web"]))
    assert arguments[arguments.index("--web-host") + 1] == "127.0.0.1"
    assert "--headless" not in arguments


@given(
    st.builds(
        Settings,
        url=st.text(),
        rate=st.floats(0.1, 1000),
        shape=st.sampled_from(("steady", "ramp", "burst")),
        duration_s=st.none() | st.floats(0.1, 1e6),
        out=st.none() | st.text(),
        rows=st.integers(1, 100),
        cols=st.integers(1, 100),
    )
)
def test_settings_cross_into_locusts_process_unchanged(settings: Settings) -> None:
    assert from_environment(settings.to_environment()) == settings


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "is not set"),
        ({ENVIRONMENT_VARIABLE: "{"}, "JSON"),
        ({ENVIRONMENT_VARIABLE: '{"url": "http://localhost", "rate": 0}'}, "rate"),
        ({ENVIRONMENT_VARIABLE: '{"url": "http://localhost", "rate": 1, "speed": 2}'}, "speed"),
    ],
)
def test_locust_started_by_hand_says_what_to_run_instead(environment: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match="python -m loadgen") as refused:
        from_environment(environment)
    assert named in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_report_is_read_without_anything_that_only_people_in_front_of_a_terminal_need() -> None:
    code = (
        "import sys, loadgen.samples, loadgen.report;"
        "print(sorted({'gevent', 'locust', 'requests', 'aiohttp', 'rich', 'argparse', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_everything_but_the_visitors_themselves_is_free_of_gevent() -> None:
    code = (
        "import sys, loadgen.__main__, loadgen.command, loadgen.report.__main__, loadgen.judging;"
        "print(sorted({'gevent', 'locust', 'requests', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
