import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from faces.cli import typed
from faces.cli.main import cli
from platforms.embedded.platform import EmbeddedPlatform
from seam.errors import PlatformFailed, UserError

Run = Callable[..., tuple[int, str, str]]
COMMANDS = sorted(cli.commands)
SECTIONS = ("Start here", "Start and stop", "Release", "Look", "Disturb", "More", "Options", "Exit codes")
ON_A_RUN = {
    "status": [],
    "release": ["smiley"],
    "promote": ["smiley"],
    "abort": ["smiley"],
    "retry": ["smiley"],
    "undo": ["smiley"],
    "inject": ["smiley", '{"error": {"fraction": 40}}'],
    "clear": ["smiley"],
    "load": [],
    "present": [],
}


def test_help_starts_with_where_to_begin_and_groups_the_commands(faces: Run) -> None:
    code, said, _ = faces("--help")
    assert code == 0
    headings = [line[:-1] for line in said.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == list(SECTIONS)


def test_help_lists_every_command_once_with_a_whole_sentence(faces: Run) -> None:
    _, said, _ = faces("--help")
    listed = [line.split()[0] for line in said.splitlines() if re.fullmatch(r"  [a-z]+ +[A-Z].*\.", line)]
    assert sorted(listed) == COMMANDS
    assert "..." not in said.split("Start and stop:")[1]


def test_what_help_says_to_begin_with_can_be_typed(faces: Run) -> None:
    _, said, _ = faces("--help")
    start = said.split("Start here:\n")[1].split("\n\n")[0]
    words = [line.split("  ")[1].split() for line in start.splitlines()]
    assert len(words) == 4
    for program, command, *options in words:
        assert program == "faces"
        with cli.commands[command].make_context(command, list(options), help_option_names=["-h", "--help"]):
            pass


def test_help_names_the_exit_codes(faces: Run) -> None:
    _, said, _ = faces("--help")
    named = re.findall(r"^  (\d+)  ", said.split("Exit codes:\n")[1], re.MULTILINE)
    assert named == ["0", "1", "2", "130"]


def test_a_level_of_logging_that_does_not_exist_is_refused_before_anything_starts(
    faces: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACES_LOG", "loud")
    code, said, errors = faces("demo", "--auto")
    assert (code, said) == (2, "")
    assert "Error: FACES_LOG='loud' is no level; use one of debug, info, warning, error.\n" in errors


def test_the_version_is_the_packages(faces: Run) -> None:
    assert faces("--version") == (0, f"faces {version('faces')}\n", "")


def test_commands_on_the_first_screen_and_in_errors_are_those_that_this_person_has_to_type(
    faces: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed, "program", lambda *_, **__: "./bin/faces")
    assert "  ./bin/faces demo --auto --out report  " in faces("--help")[1]
    assert faces("status")[2] == "No run is up; start one with `./bin/faces up` or `./bin/faces demo`.\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_that_explains_every_option(faces: Run, command: str) -> None:
    for flag in ("--help", "-h"):
        code, said, errors = faces(command, flag)
        assert (code, errors) == (0, "")
        assert said.startswith(f"Usage: faces {command} ")
    for parameter in cli.commands[command].params:
        if parameter.param_type_name == "option" and parameter.name != "as_json":
            assert getattr(parameter, "help", None), (command, parameter.name)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--nope"], "No such option '--nope'."),
        (["nope"], "No such command 'nope'."),
        (["demo", "--prot", "80"], "No such option '--prot'. (Did you mean"),
        (["demo", "--port", "0"], "Invalid value for '--port': 0 is not in the range 1<=x<=65535."),
        (["demo", "--rate", "0"], "Invalid value for '--rate': 0.0 is not in the range 0<x<=1000."),
        (["demo", "--shape", "wave"], "Invalid value for '--shape': 'wave' is not one of 'steady', 'ramp', 'burst'."),
        (["up", "--seed", "x"], "Invalid value for '--seed': 'x' is not a valid integer."),
        (["up", "--manifests", __file__], "Invalid value for '--manifests'"),
        (["release"], "Missing argument 'WORKLOAD'."),
        (["undo", "smiley", "--to-revision", "0"], "Invalid value for '--to-revision': 0 is not in the range x>=1."),
        (["load", "--duration", "soon"], "Invalid value for '--duration': 'soon' is not a duration; give one like 60s"),
        (["status", "smiley", "extra"], "Got unexpected extra argument (extra)"),
        (["inject", "smiley"], "Give either FAULTS, such as error=40%, or --as with a release's name."),
        (["inject", "smiley", "{}", "--as", "hang"], "Give either FAULTS, such as error=40%, or --as with a"),
        (["inject", "smiley", "{oops"], "FAULTS is not JSON: Expecting property name"),
        (["inject", "smiley", "[40]"], "FAULTS has to be a JSON object, such as"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_exit_code_2_and_one_sentence(faces: Run, words: list[str], sentence: str) -> None:
    code, said, errors = faces(*words)
    assert (code, said) == (2, "")
    (told,) = [line for line in errors.splitlines() if line.startswith("Error: ")]
    assert told.startswith(f"Error: {sentence}")
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", ON_A_RUN)
def test_without_a_run_each_command_says_how_to_start_one(faces: Run, command: str) -> None:
    sentence = "No run is up; start one with `faces up` or `faces demo`.\n"
    assert faces(command, *ON_A_RUN[command]) == (2, "", sentence)


def test_every_command_asks_a_run_or_is_known_not_to() -> None:
    without = {"demo", "up", "down", "cluster", "doctor", "releases", "faults", "report", "replay"}
    without |= {"completion", "gitops", "watch"}  # watch asks for a terminal first
    assert set(COMMANDS) == {*ON_A_RUN} | without


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--workload", "smily"], "There is no Rollout 'smily' in the shipped manifests; there are color, face, gui,"),
        (["--workload", "gui", "--as", "hang"], "gui cannot be released as hang: it has no control port, so it has no"),
        (["--compare", "/dev/null"], "/dev/null: is no JSON: "),
        (["--out", "/dev/null/report"], "--out /dev/null/report: no report can be written there: Not a directory. Na"),
    ],
    ids=" ".join,
)
def test_a_demo_refuses_what_it_cannot_do_before_anything_starts(
    faces: Run, no_run: Path, words: list[str], sentence: str
) -> None:
    code, said, errors = faces("demo", "--auto", *words)
    assert (code, said) == (2, "")
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1
    assert [path for path in no_run.rglob("*") if path.is_file()] == []


def test_with_nothing_up_there_is_nothing_to_end(faces: Run) -> None:
    assert faces("down") == (0, "No run is up: there is nothing to end.\n", "")
    told = json.loads(faces("down", "--json")[1])
    assert told == {"action": "down", "name": None, "message": "No run is up: there is nothing to end."}


def test_a_run_that_is_not_up_needs_no_end(faces: Run) -> None:
    sentence = "No such run is up (--name nobody): there is nothing to end.\n"
    assert faces("down", "--name", "nobody") == (0, sentence, "")


def test_status_as_json_without_a_run_is_exit_code_2_as_well(faces: Run) -> None:
    assert faces("status", "--json") == (2, "", "No run is up; start one with `faces up` or `faces demo`.\n")
    sentence = "No run named 'nobody' is up; start one with `faces up` or `faces demo`.\n"
    assert faces("status", "--json", "--name", "nobody") == (2, "", sentence)


@pytest.mark.parametrize("words", [["release", "smiley"], ["demo", "--auto"], ["inject", "smiley"]], ids=" ".join)
def test_a_release_that_the_catalogue_does_not_have_is_refused_with_a_close_match(faces: Run, words: list[str]) -> None:
    code, said, errors = faces(*words, "--as", "errors-4O")
    assert (code, said) == (2, "")
    assert errors.startswith(
        "There is no release named 'errors-4O'. Did you mean 'errors-40'? The catalogue has: good,"
    )
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"), [(UserError("Yours."), 2), (PlatformFailed("Ours."), 1), (KeyboardInterrupt(), 130)]
)
def test_whose_fault_it_is_shows_in_the_exit_code(
    faces: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(_: str | None) -> EmbeddedPlatform:
        raise error

    monkeypatch.setattr(EmbeddedPlatform, "find", fail)
    assert faces("status") == (code, "", f"{error}\n")


def test_a_name_that_cannot_be_a_folder_is_refused_before_anything_starts(faces: Run, no_run: Path) -> None:
    code, said, errors = faces("up", "--name", "../up")
    assert (code, said) == (2, "")
    assert errors == "'../up' cannot name a run; use at most 40 lower case letters, digits and dashes.\n"
    assert [path for path in no_run.rglob("*") if path.is_file()] == []


HEAVY = ("aiohttp", "grpc", "gevent", "jinja2", "locust", "matplotlib", "prometheus_client", "rich", "yaml")
HELP = """
import json, sys
from faces.cli.entry import main
sys.argv = ["faces", "--help"]
try:
    main()
finally:
    print(json.dumps([name for name in HEAVY if name in sys.modules]))
"""


@pytest.mark.timeout(40)
def test_help_does_not_wait_for_what_it_does_not_need() -> None:
    code = f"HEAVY = {HEAVY}\n{HELP}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=35)
    assert json.loads(done.stdout.splitlines()[-1]) == []


WHILE_THE_PLATFORM_COMES_UP = """
import json, sys
import faces.cli.main
from chaos.catalogue import find
find("errors-40")
from chaos.experiment import Experiment
import faces.cli.demo, faces.cli.story
print(json.dumps([name for name in HEAVY if name in sys.modules]))
"""


@pytest.mark.timeout(40)
def test_the_demo_imports_nothing_heavy_while_the_platform_comes_up() -> None:
    """The platform's own processes have enough to do: the first face waits for them."""
    heavy = ({*HEAVY} - {"rich"}) | {"pydantic", "chaos.report", "faces.faults"}
    code = f"HEAVY = {sorted(heavy)}\n{WHILE_THE_PLATFORM_COMES_UP}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=35)
    assert json.loads(done.stdout) == []


@pytest.mark.timeout(40)
def test_the_installed_command_is_this_one() -> None:
    command = Path(sys.executable).with_name("faces")
    done = subprocess.run(
        [command, "status", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=35,
        env=os.environ | {"PATH": "/bin"},
    )
    assert done.returncode == 2
    sentence = f"No run is up; start one with `{command} up` or `{command} demo`.\n"
    assert (done.stdout, done.stderr) == ("", sentence)
