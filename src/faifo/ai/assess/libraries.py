"""Load a library when it is needed, or say in one line what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

# What is not in the extra: model formats are installed by those who have such models.
_OWN: Final = frozenset({"onnx", "onnxruntime", "skops", "xgboost", "lightgbm"})


def library(name: str) -> Any:
    """Return the module `name`.

    Raises:
        SettingsError: it is not installed.
    """
    try:
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
