"""What stands for `faifo` where a test types it: asks `commanding.py` for a process, and waits.

Run by Python without site-packages, which starts in a hundredth of a second. The process that it
asks for has its folder, environment, input and output.
"""

import array
import json
import os
import signal
import socket
import sys

# They run until they are stopped, by signals and groups of their own.
OWN = {"serve", "demo", "course"}


def main() -> int:
    place, real, *arguments = sys.argv[1:]
    if OWN.intersection(arguments):
        os.execv(real, [real, *arguments])
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.connect(place)
    told = json.dumps([arguments, os.path.realpath(os.curdir), dict(os.environ)]).encode()
    descriptors = array.array("i", [0, 1, 2])
    control.sendmsg(
        [len(told).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)]
    )
    control.sendall(told)
    heard = control.makefile("rb")
    pid = int.from_bytes(heard.read(4), "big")
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda number, _: os.kill(pid, number))
    code = heard.read(1)
    return code[0] if code else 128 + signal.SIGKILL


if __name__ == "__main__":
    sys.exit(main())
