"""The left operands that are understood: Faifo's own, one file each, and those of other packages.

A package offers one under the entry point group `faifo.operands`; the entry's value is an
`operand.Operand`. What is installed is part of the program: it is looked up once, and not again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from faifo.errors import SettingsError
from faifo.installed import entries
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.policy.operands.operand import Operand

GROUP: Final = "faifo.operands"
OWN: Final = (
    *("date_time", "elapsed", "in_force", "recipient", "purpose", "economy", "credential", "claim"),
    *("credential_age", "level", "passport", "place", "approval", "count", "rate", "volume"),
)


@cache
def operands() -> Mapping[str, Operand]:
    """Return every operand by its term, in the order in which terms are written.

    Raises:
        SettingsError: one of another package cannot be loaded, or takes a name that is taken.
    """
    found = {one.term: one for one in (import_module(f"{__name__}.{file}").OPERAND for file in OWN)}
    for entry in sorted(entries(GROUP), key=lambda entry: entry.name):
        package = entry.dist.name if entry.dist else entry.value
        operand = _loaded(entry.load, f"the operand {entry.name} of the package {package}")
        taken = {one.name for one in found.values()}
        settings = {setting.name for one in found.values() for setting in one.settings}
        if (
            operand.term in found
            or operand.name in taken
            or settings & {setting.name for setting in operand.settings}
        ):
            raise SettingsError(
                what=Phrase("errors.told.operand.twice", name=entry.name, package=package),
                expected=Phrase("errors.told.operand.own"),
                advice=Phrase("errors.told.operand.uninstall", package=package),
            )
        found[operand.term] = operand
    return MappingProxyType(found)


def _loaded(load: Callable[[], Any], what: str) -> Operand:
    from faifo.policy.operands.operand import Operand

    try:
        operand = load()
    except Exception as error:
        raise SettingsError(
            what=Phrase("errors.told.operand.not-loaded", what=what, error=error),
            expected=Phrase("errors.told.operand.package"),
        ) from error
    if not isinstance(operand, Operand):
        raise SettingsError(
            what=Phrase("errors.told.operand.is-a", what=what, kind=type(operand).__name__),
            expected=Phrase("errors.told.operand.wanted"),
        )
    return operand
