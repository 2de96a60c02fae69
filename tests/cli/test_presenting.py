"""`faces demo --wait` and `faces present`: what is refused before anything starts."""

import pytest

from faces.cli.options import on_grid
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("demo", "--script", "slow"), "--script is for --wait; add it, or leave this out."),
        (("demo", "--listen", "0.0.0.0"), "--listen is for --wait; add it, or leave this out."),
        (("demo", "--wait", "--auto"), "--auto is not for --wait, where the speaker decides."),
        (("demo", "--wait", "--as", "good"), "--as is not for --wait, where the speaker decides."),
        (("demo", "--wait", "--script", "slo"), "There is no script named 'slo'. Did you mean 'slow'?"),
        (("demo", "--wait", "--script", "no.yaml"), "no.yaml: file: cannot be read: No such file or directory."),
        (("demo", "--wait", "--listen", "host:x"), "'host:x' needs a port from 0 to 65535 after the colon"),
        (("present", "--listen", "::1"), "'::1' is not clear: write an IPv6 address in brackets"),
        (("present", "--script", "no.yaml"), "no.yaml: file: cannot be read: No such file or directory."),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_starts(faces: Run, words: tuple[str, ...], sentence: str) -> None:
    code, said, error = faces(*words)
    assert (code, said) == (2, "")
    assert sentence in error


@pytest.mark.parametrize("words", [("demo",), ("up",), ("present",)])
@pytest.mark.parametrize("grid", ["10", "0x4", "4x41", "10x", "x", "10x10x10", "-1x4", "１x2"])
def test_a_grid_that_cannot_be_is_refused(faces: Run, words: tuple[str, ...], grid: str) -> None:
    code, said, error = faces(*words, "--grid", grid)
    assert (code, said) == (2, "")
    assert f"{grid!r} is not ROWSxCOLUMNS, at most 40x40; write it as 10x20." in error


def test_the_grid_is_in_the_pages_address_and_not_in_what_stands_behind_it() -> None:
    assert on_grid("http://127.0.0.1:8080/faces/", (10, 20)) == "http://127.0.0.1:8080/faces/?grid=10x20"
    assert on_grid("http://localhost/faces/ while this runs: kubectl", (1, 2)) == (
        "http://localhost/faces/?grid=1x2 while this runs: kubectl"
    )
    assert on_grid("http://127.0.0.1:8080/faces/", None) == "http://127.0.0.1:8080/faces/"
    assert on_grid("", (1, 2)) == "", "no address, no grid"
