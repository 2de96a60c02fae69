import json
import subprocess
import sys

import pytest

from platforms.kube.log import log

SAYS = "from platforms.kube.log import log; log.warning('watch lost'); log.info('request retried')"
HEARS = "import logging; logging.basicConfig(format='%(message)s', level=logging.INFO); "


def run(program: str) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return done.stdout, done.stderr


def test_nothing_is_written_anywhere_unless_a_program_asks_for_it() -> None:
    assert run(SAYS) == ("", "")


def test_a_program_that_asks_gets_json_on_the_stream_it_chose() -> None:
    out, err = run(HEARS + SAYS)
    assert out == ""
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["watch lost", "request retried"]


def test_a_line_says_what_when_and_how_bad(caplog: pytest.LogCaptureFixture) -> None:
    log.warning("watch lost", kind="Pod", after_s=0.5)
    line = json.loads(caplog.records[-1].message)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "watch lost", "level": "warning", "kind": "Pod", "after_s": 0.5}
