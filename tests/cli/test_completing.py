import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from faces.cli.main import cli
from platforms.embedded.settings import claim


def completed(*words: str) -> list[str]:
    """What is offered for the last of these words."""
    *before, incomplete = words
    shell = ShellComplete(cli, {}, "faces", "_FACES_COMPLETE")
    return [item.value for item in shell.get_completions(before, incomplete)]


def test_commands_are_completed() -> None:
    assert completed("re") == ["release", "retry", "report", "replay", "releases"]
    assert completed("cluster", "") == ["down", "up"]


@pytest.mark.parametrize("before", [("demo", "--as"), ("release", "smiley", "--as"), ("inject", "smiley", "--as")])
def test_releases_are_completed_where_they_are_named(before: tuple[str, ...]) -> None:
    assert completed(*before, "err") == ["errors-1", "errors-5", "errors-10", "errors-40", "errors-100"]
    assert completed(*before, "./my") == ["./my"]  # the shell goes on with files


def test_faults_are_completed_in_short_with_values_that_one_can_change() -> None:
    assert completed("inject", "smiley", "er") == ["error=40%"]
    assert completed("inject", "smiley", "error=40%", "ta") == ["tail_latency=10%:800ms"]
    assert completed("inject", "smiley", "error=40%", "cells=") == ["cells=center", "cells=edge"]
    assert completed("clear", "smiley", "la") == ["latch"]


def test_what_bash_makes_three_words_of_is_completed_as_well() -> None:
    assert completed("inject", "smiley", "error=40%", "cells", "=") == ["center", "edge"]
    assert completed("inject", "smiley", "error=40%", "cells", "=", "ed") == ["edge"]
    assert completed("inject", "smiley", "hang", "=") == ["10%"]
    assert completed("inject", "smiley", "=", "cells=e") == ["cells=edge"]


def test_workloads_are_those_of_the_shipped_manifests() -> None:
    assert completed("release", "") == ["color", "face", "gui", "smiley"]
    assert completed("demo", "--workload", "s") == ["smiley"]


def test_runs_that_are_up_are_completed() -> None:
    handles = [claim(name)[1] for name in ("shop", "stage")]
    assert completed("status", "--name", "s") == ["shop", "stage"]
    assert completed("status", "--on", "cluster", "--name", "s") == []
    for handle in handles:
        os.close(handle)
    assert completed("status", "--name", "s") == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_says_how_to_use_it(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from faces.cli.main import main; main()", "completion", shell],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    first, second, *script = done.stdout.splitlines()
    assert first.startswith("# To complete faces in this shell, run this line; for every new shell, put it into ~/.")
    assert f"faces completion {shell}" in second
    assert any(f"_FACES_COMPLETE={shell}_complete" in line for line in script)


@pytest.mark.timeout(60)
def test_bash_completes_the_command_by_the_path_that_was_typed() -> None:
    command = Path(sys.executable).with_name("faces")
    script = f"""
        eval "$({command} completion bash)"
        COMP_WORDS=({command} release smiley --as slow-p) COMP_CWORD=4
        _faces_completion {command}
        printf '%s ' "${{COMPREPLY[@]}}"
        complete -p faces
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout.startswith("slow-p50 slow-p99 ")
    assert "complete -o nosort -F _faces_completion faces" in done.stdout
