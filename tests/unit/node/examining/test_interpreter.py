"""Which build of Python is named as slow, by what builds tell of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from faifo.node.examining.interpreter import build, interpreter

PROFILE = {"PGO_PROF_GEN_FLAG": "-fprofile-generate", "PGO_PROF_USE_FLAG": "-fprofile-use"}

# (who builds so, what sysconfig tells, what of a fast build is there, is it slow)
BUILDS: list[tuple[str, dict[str, Any], tuple[str, ...], bool]] = [
    (
        "pyenv, and a plain configure",
        {"CONFIG_ARGS": "'--enable-shared'", "PY_CFLAGS": "-DNDEBUG -g -O3 -Wall", **PROFILE},
        ("-O3",),
        True,
    ),
    (
        "Debian",
        {
            "CONFIG_ARGS": "'--enable-shared' '--with-computed-gotos'",
            "PY_CFLAGS": "-DNDEBUG -O2 -g -O2",
            **PROFILE,
            "PGO_PROF_USE_FLAG": "",
        },
        ("pgo", "-O2"),
        False,
    ),
    (
        "python.org, Fedora, the container images",
        {
            "CONFIG_ARGS": "'--enable-optimizations' '--with-lto'",
            "PY_CFLAGS": "-DNDEBUG -O3",
            **PROFILE,
        },
        ("pgo", "lto", "-O3"),
        False,
    ),
    (
        "for debugging",
        {"CONFIG_ARGS": "'--with-pydebug' '--enable-optimizations'", "Py_DEBUG": 1, **PROFILE},
        ("debug", "pgo"),
        True,
    ),
    ("a build that tells nothing", {}, (), True),
]


@pytest.mark.parametrize(
    ("told", "there", "slow"), [one[1:] for one in BUILDS], ids=[one[0] for one in BUILDS]
)
def test_a_slow_build_is_named(told: dict[str, Any], there: tuple[str, ...], slow: bool) -> None:
    assert build(told) == there
    found = list(interpreter(told))
    assert [one.state for one in found] == ["warning"] * slow
    for one in found:
        for lang in ("en", "vi", "ko"):
            assert str(one.facts["version"]) in one.words(lang)[0]
