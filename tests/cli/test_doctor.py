import json
from collections.abc import Callable

import pytest

from faces.cli import doctor
from faces.cli.doctor import summary
from platforms.registry import PLATFORMS
from seam.doctor import Diagnosis, Finding, Result
from seam.errors import NotRunning
from seam.provider import Options

Run = Callable[..., tuple[int, str, str]]
WELL = Diagnosis("api-server", "Cluster", Finding(Result.OK, "Kubernetes v1.35.4 answers"))
ODD = Diagnosis("versions", "Cluster", Finding(Result.WARNING, "not tested: x", "It may still be well."))
ABSENT = Diagnosis("mesh", "Mesh", Finding(Result.SKIPPED, "there is none"))
BAD = Diagnosis("routes", "Traffic", Finding(Result.FAILED, "not attached", "Correct it: `faces status`."))


class Stand:
    """In for every doctor; `asked` are the options that came."""

    def __init__(self, *found: Diagnosis) -> None:
        self.found, self.asked = list(found), list[Options]()

    async def examine(self, options: Options) -> list[Diagnosis]:
        self.asked.append(options)
        if options.name == "nobody":
            raise NotRunning("No run named 'nobody' is up; start one with `faces up`.")
        return self.found


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stand]:
    def stand(*found: Diagnosis) -> Stand:
        one = Stand(*found)
        monkeypatch.setattr(doctor, "doctor_of", lambda _: one)
        return one

    return stand


def test_each_check_is_a_line_in_its_group_with_a_mark_that_needs_no_colour(
    faces: Run, finds: Callable[..., Stand]
) -> None:
    finds(WELL, ODD, ABSENT, BAD)
    code, said, _ = faces("doctor")
    assert code == 1
    lines = said.splitlines()
    assert lines[:-1] == [
        "Cluster",
        "  ✓ api-server  Kubernetes v1.35.4 answers",
        "  ! versions    not tested: x",
        "                It may still be well.",
        "Mesh",
        "  – mesh        skipped: there is none",
        "Traffic",
        "  ✗ routes      not attached",
        "                Correct it: `faces status`.",
    ]
    assert lines[-1].startswith("1 check failed, 1 warning; 1 ok, 1 skipped, in ")


@pytest.mark.parametrize(("found", "code"), [((WELL,), 0), ((WELL, ODD, ABSENT), 0), ((BAD, WELL), 1)])
def test_only_a_failure_is_exit_code_1(
    faces: Run, finds: Callable[..., Stand], found: tuple[Diagnosis, ...], code: int
) -> None:
    finds(*found)
    assert faces("doctor")[0] == code
    assert faces("doctor", "--json")[0] == code


def test_machines_get_a_list(faces: Run, finds: Callable[..., Stand]) -> None:
    finds(WELL, BAD)
    _, said, _ = faces("doctor", "--json")
    assert json.loads(said) == [
        {"check": "api-server", "group": "Cluster", "result": "ok", "saw": "Kubernetes v1.35.4 answers", "next": ""},
        {
            "check": "routes",
            "group": "Traffic",
            "result": "failed",
            "saw": "not attached",
            "next": "Correct it: `faces status`.",
        },
    ]


def test_what_is_typed_next_goes_to_the_same_place(faces: Run, finds: Callable[..., Stand]) -> None:
    stand = finds(BAD)
    _, said, _ = faces("doctor", "--on", "cluster", "--name", "shop")
    assert "Correct it: `faces status --on cluster --name shop`." in said
    assert stand.asked == [Options(name="shop")]


def test_a_mistake_is_exit_code_2(faces: Run, finds: Callable[..., Stand]) -> None:
    finds()
    code, said, errors = faces("doctor", "--name", "nobody")
    assert (code, said, errors) == (2, "", "No run named 'nobody' is up; start one with `faces up`.\n")
    assert faces("doctor", "--kubeconfig", "x")[0] == 2


def test_the_summary_says_that_nothing_is_wrong_only_if_nothing_is() -> None:
    assert summary([WELL, ABSENT], 1.23) == "Nothing is wrong; 1 ok, 1 skipped, in 1.2 s."
    assert summary([ODD, BAD, BAD], 9.0) == "2 checks failed, 1 warning; 0 ok, 0 skipped, in 9.0 s."


def test_each_platform_is_examined_where_the_registry_says_that_it_is() -> None:
    from platforms.registry import doctor as doctor_of

    for name, can in PLATFORMS.items():
        assert can.doctor
        assert callable(doctor_of(name).examine)
