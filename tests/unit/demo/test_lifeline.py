from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from faifo.demo.lifeline import VARIABLE


@pytest.mark.parametrize(("held", "code"), [("stdin", -signal.SIGTERM), ("none", 7)])
def test_a_process_ends_with_its_lifeline_if_it_holds_one(held: str, code: int):
    """The end of input is the end of the process, unless it is to live on."""
    program = (
        "import sys, time; from faifo.demo import lifeline; lifeline.hold();"
        " print('up', flush=True); time.sleep(60 if sys.argv[1] == 'stdin' else 0); sys.exit(7)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, held],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, VARIABLE: held},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"up\n"
        process.stdin.close()
        assert process.wait(20) == code
