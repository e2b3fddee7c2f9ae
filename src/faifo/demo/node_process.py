"""One node of the demo as its own process: `python -m faifo.demo.node_process DIRECTORY`.

The same as `faifo serve --dir DIRECTORY`, held by the demo's lifeline.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from faifo.demo import lifeline
from faifo.errors import FaifoError
from faifo.node.wiring import run, serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    lifeline.hold()
    try:
        run(serve(Path(sys.argv[1])))
    except FaifoError as error:
        sys.exit(str(error))
