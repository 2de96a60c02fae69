import json
import shlex

import pytest
from click.testing import CliRunner

from chaos.catalogue import RELEASES
from faces.cli.main import cli
from faces.cli.short_form import parse
from faces.faults import KINDS, parse_model
from faces.faults.describing import describe


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["faces"])


def faces(*words: str) -> str:
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert (done.exit_code, done.exception) == (0, None)
    return done.output


def test_every_release_of_the_catalogue_is_listed_with_its_sentence_and_how_it_should_end() -> None:
    said = " ".join(faces("releases").split())
    for release in RELEASES:
        assert f"{release.name} {release.summary} Expected: " in said
    assert "errors-40 Fails 40 % of its requests. Expected: rolled back, seen by success-rate." in said
    assert "good A healthy version: it serves every request well. Expected: promoted." in said


def test_the_catalogue_as_json() -> None:
    told = json.loads(faces("releases", "--json"))
    assert [one["name"] for one in told] == [release.name for release in RELEASES]
    assert next(one for one in told if one["name"] == "errors-5") == {
        "name": "errors-5",
        "summary": "Fails 5 % of its requests: few enough to be missed.",
        "bad": True,
        "expected": "rolled_back",
        "seen_by": ["success-rate"],
        "felt": "Every now and then a face curses.",
        "unseen": "It lies on the threshold itself, so the verdict takes its time.",
        "workload": "smiley",
    }
    assert [one["name"] for one in told if not one["bad"]] == [one.name for one in RELEASES if not one.bad]


def test_every_kind_of_fault_is_listed_with_an_example_that_can_be_pasted() -> None:
    said = faces("faults")
    assert [line for line in said.splitlines() if line in KINDS] == list(KINDS)
    examples = [shlex.split(line) for line in said.splitlines() if line.startswith("    faces inject ")]
    assert len(examples) == 2 * len(KINDS)
    for kind, in_short, in_json in zip(KINDS, examples[::2], examples[1::2], strict=True):
        assert in_short[2] == in_json[2] == "smiley"
        assert parse_model(in_json[3]).get(kind) is not None
        assert parse(in_short[3:], describe()) == json.loads(in_json[3])


def test_a_field_says_what_it_may_be() -> None:
    said = faces("faults")
    assert "    fraction       The share of the requests that fail. (0 to 100 %)\n" in said
    assert "    status         The HTTP status of the answer; gRPC maps it. (400 to 599; default 500)\n" in said


def test_the_faults_as_json() -> None:
    told = {one["name"]: one for one in json.loads(faces("faults", "--json"))}
    assert list(told) == list(KINDS)
    assert told["error"]["example"] == '{"error": {"fraction": 40}}'
    assert told["error"]["short"] == "error=40%"
    (fraction,) = (field for field in told["error"]["fields"] if field["name"] == "fraction")
    assert (fraction["unit"], fraction["minimum"], fraction["maximum"], fraction["required"]) == ("%", 0, 100, True)
