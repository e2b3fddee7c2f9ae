"""What threads read is learned before they start: two that learn at once end the process."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
import msgspec
from faifo.ai.decision.pack import Pack
from faifo.ai.decision.records import Decision, Recognition
from faifo.ai.passport.records import Passport, Withdrawal

learned = []

def look(frame, event, _):
    if event == "call" and frame.f_code.co_name == "get_class_annotations":
        learned.append(frame.f_locals["obj"].__name__)

def read():
    sys.setprofile(look)
    for known in (Pack, Decision, Recognition, Passport, Withdrawal):
        try:
            msgspec.convert({}, known)
        except msgspec.ValidationError:
            pass

thread = threading.Thread(target=read)
thread.start()
thread.join()
print(learned)
"""


def test_a_thread_learns_no_type_of_a_judgement():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
