"""A process that lives no longer than the demo that started it, whatever ends the demo.

The demo keeps the writing end of its children's standard input. When it is gone, even by SIGKILL,
the child reads the end of input and stops as by SIGTERM.
"""

from __future__ import annotations

import os
import signal
import threading

VARIABLE = "FAIFO_DEMO_LIFELINE"


def hold() -> None:
    """End this process when its standard input ends, if the demo wants it so."""
    if os.environ.get(VARIABLE) == "stdin":
        threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    # os.read and not sys.stdin: a buffered reader must not be held when the interpreter ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
