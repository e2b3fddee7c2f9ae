"""How the Python that a node runs on was built: up to a quarter of its speed lies there."""

from __future__ import annotations

import platform
import sysconfig
from collections.abc import Iterator, Mapping
from typing import Any

from faifo.node.examining.findings import Finding, warning


def build(told: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Return what of a fast build is there: `pgo`, `lto`, and the level of the compiler, `-O3`.

    By what the build tells of itself (`sysconfig`). Debian drives the profile by hand; its builds
    are known by the profile's flag, which is emptied afterwards.
    """
    told = told if told is not None else sysconfig.get_config_vars()
    asked = str(told.get("CONFIG_ARGS") or "")
    by_hand = told.get("PGO_PROF_GEN_FLAG") and not told.get("PGO_PROF_USE_FLAG")
    levels = [one for one in str(told.get("PY_CFLAGS") or "").split() if one.startswith("-O")]
    found = {
        "debug": bool(told.get("Py_DEBUG")),
        "pgo": "--enable-optimizations" in asked or bool(by_hand),
        "lto": "--with-lto" in asked or "-flto" in str(told.get("PY_CORE_LDFLAGS") or ""),
        levels[-1] if levels else "": bool(levels),
    }
    return tuple(name for name, there in found.items() if there)


def interpreter(told: Mapping[str, Any] | None = None) -> Iterator[Finding]:
    """Name a build without profile-guided optimisation, or one for debugging."""
    found = build(told)
    if "debug" in found or "pgo" not in found:
        version = platform.python_version()
        yield warning("interpreter", version=version, build=" ".join(found) or "-")
