"""`faces demo --wait` and `faces present`: what is refused before anything starts."""

import pytest

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
