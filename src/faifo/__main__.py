"""The program: `faifo`, and `python -m faifo`."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Load the command line and run it."""
    # What is loaded stays: nothing is looked for in it, here, later, or at the end of the process.
    gc.disable()
    from faifo.cli import main as command_line

    gc.freeze()
    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
