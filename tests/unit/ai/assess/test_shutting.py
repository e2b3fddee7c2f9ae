"""A stranger's model is shut in: whatever it tries, it reaches no file, network or process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faifo.ai.assess.remote import Worker
from faifo.errors import SettingsError

TRIED = {
    "a file of the user's": "open({file!r}).read()",
    "the folder it stands in": "os.listdir({folder!r})",
    "a file by a link of its own": "os.open('/proc/self/cwd', os.O_RDONLY)",
    "a new file": "open({folder!r} + '/new', 'w')",
    "the network": "socket.socket()",
    "a socket of this machine": "socket.socketpair()",
    "another program": "os.execv('/bin/true', ['true'])",
    "another process": "os.kill({parent}, 0)",
    "the memory of another process": "open('/proc/{parent}/mem', 'rb')",
}
SHUT = """
import os, socket, sys
from faifo.ai.assess.shutting import shut_in
if not shut_in():
    print("not shut in")
    sys.exit()
try:
    {tried}
except PermissionError:
    print("refused")
"""


@pytest.mark.parametrize("tried", TRIED.values(), ids=TRIED)
def test_what_a_model_tries_is_refused(tmp_path: Path, tried: str):
    file = tmp_path / "secret"
    file.write_text("a value")
    facts = {"file": str(file), "folder": str(tmp_path), "parent": os.getpid()}
    body = SHUT.format(tried=tried.format(**facts))
    done = subprocess.run([sys.executable, "-c", body], capture_output=True, text=True, check=False)
    if done.stdout.strip() == "not shut in":
        pytest.skip("needs Linux with Landlock and seccomp")
    assert done.stdout.strip() == "refused", done.stderr


def test_a_worker_whose_library_dies_is_told_in_one_sentence():
    worker = Worker("m.onnx", "stranger")
    worker._process.kill()
    with pytest.raises(SettingsError) as refused:
        worker.ask({"do": "score"})
    assert str(refused.value) == (
        "the model m.onnx cannot be run: its process ended without a whole answer; expected a "
        "model that stays within its memory and time and breaks no library; assess its "
        "predictions, or fewer rows"
    )
