"""Shut this process in: no paths (Landlock) and no network, programs or signals (seccomp).

Both hold for the process until it ends, and for all threads that it starts later. Only the
standard library is needed, so that it can be done before anything else is loaded.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ: Final = 1 << 2 | 1 << 3  # files, folders
# Rights that a version of Landlock knows: 13 of files at first, then two and one more.
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_SECCOMP: Final = {"x86_64": (317, 0xC000003E), "aarch64": (277, 0xC00000B7)}
# Sockets; programs; other processes and their memory; keys, rings, tracing, mounts, namespaces.
_DENIED: Final = {
    "x86_64": (
        *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307, 59, 322, 57, 58, 62, 200, 234, 129, 297, 424),
        *(101, 310, 311, 434, 438, 248, 249, 250, 425, 426, 427, 298, 321, 323, 304, 165, 166),
        *(155, 161, 272, 308, 246, 320, 175, 313, 109, 112),
    ),
    "aarch64": (
        *(198, 199, 200, 201, 202, 203, 206, 211, 242, 269, 221, 281, 129, 130, 131, 138, 240),
        *(424, 117, 270, 271, 434, 438, 217, 218, 219, 425, 426, 427, 241, 280, 282, 265, 40),
        *(39, 41, 51, 97, 268, 104, 294, 105, 273, 154, 157),
    ),
}
_REFUSE: Final = 0x00050000 | 1  # an error, EPERM
_ALLOW: Final = 0x7FFF0000


def shut_in() -> bool:
    """Return whether the kernel has both and shut the process in."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    paths = _without_paths(libc)
    return _without_calls(libc) and paths


def _without_paths(libc: ctypes.CDLL) -> bool:
    """Leave only the libraries to be read."""
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return False
    files = (1 << _RIGHTS.get(version, 16)) - 1
    rules = struct.pack("QQQ", files, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(_CREATE, rules, len(rules), 0)
    if ruleset < 0:
        return False
    for path in _libraries():
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = _READ if path.is_dir() else 1 << 2
        libc.syscall(_ADD, ruleset, 1, struct.pack("=Qi", rights, place), 0)
        os.close(place)
    done: int = libc.syscall(_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return done == 0


def _libraries() -> list[Path]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    found = {Path(sysconfig.get_path(name)) for name in names}
    found |= {Path(__file__).parents[2], *map(Path, ("/lib", "/lib64", "/usr/lib"))}
    # By the second, threadpoolctl looks which libraries are loaded here.
    found |= {Path("/etc/ld.so.cache"), Path("/proc/self/maps")}
    return sorted(path for path in found if path.exists())


def _without_calls(libc: ctypes.CDLL) -> bool:
    machine = platform.machine()
    if machine not in _SECCOMP or sys.maxsize < 2**32:
        return False
    number, architecture = _SECCOMP[machine]
    denied = _DENIED[machine]
    # Load the architecture and the call's number; x86's 32-bit calls have numbers from 2^30 on.
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, _REFUSE), (0x20, 0, 0, 0),
            (0x35, len(denied) + 1, 0, 2**30)]  # fmt: skip
    code += [(0x15, len(denied) - i, 0, call) for i, call in enumerate(denied)]
    code += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _REFUSE)]
    body = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(body))
    done: int = libc.syscall(number, 1, 1, program)  # a filter, for all threads
    return done == 0
