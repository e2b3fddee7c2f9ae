"""Load a library when it is needed, or say in one line what to install."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

# What is not in the extra: model formats are installed by those who have such models.
_OWN: Final = frozenset({"onnx", "onnxruntime", "skops", "xgboost", "lightgbm"})
# What a library loads where it is there, in a second of CPU time, and what nothing here uses of it.
_UNUSED: Final = ("pandas", "dask", "matplotlib", "pyarrow")
_HIDDEN: Final = {
    "lightgbm": (*_UNUSED, "sklearn"),
    "xgboost": (*_UNUSED, "sklearn"),
    "skops.io": _UNUSED,
}


def library(name: str) -> Any:
    """Return the module `name`.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        with without(*_HIDDEN.get(name, ())):
            return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        extra = "ibis" if package == "ibis" else "ai"
        wanted = package if package in _OWN else f'"faifo[{extra}]"'
        raise SettingsError(
            what=Phrase("errors.told.ai.library.none", package=package),
            expected=Phrase("errors.told.ai.library.wanted"),
            advice=Phrase("errors.told.ai.library.install", wanted=wanted),
        ) from None


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Let packages that are not loaded yet look as if they were not installed."""
    hidden = [one for one in packages if one not in sys.modules]
    for one in hidden:
        sys.modules[one] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for one in hidden:
            del sys.modules[one]
