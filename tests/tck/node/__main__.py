"""`python -m tck.node --dir DIR --port PORT --hooks-port PORT`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from faifo.errors import FaifoError
from faifo.node.wiring import run
from tck.node.scripts import read_scripts
from tck.node.serving import Faces, serve_conformance


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tck.node",
        description="Serve a node that ACCEPTS ANY CALLER, for the DSP conformance kit.",
    )
    parser.add_argument("--dir", type=Path, required=True, help="made if it is not there")
    parser.add_argument("--port", type=int, required=True, help="the protocol, on localhost")
    parser.add_argument("--hooks-port", type=int, required=True, help="the kit's hooks")
    parser.add_argument("--prefix", default="", help="put before every id that the kit lets choose")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    faces = Faces(port=options.port, hooks_port=options.hooks_port)
    try:
        run(serve_conformance(options.dir, faces, read_scripts(prefix=options.prefix)))
    except FaifoError as error:
        logging.getLogger("tck.node").error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
