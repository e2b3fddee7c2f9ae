"""Scopes: which credentials a verifier asks for, and which it may have.

A scope is `ALIAS:DISCRIMINATOR`; the aliases here are the two that DCP requires. A third part such
as `read` is understood and means nothing more. Spec: DCP 1.0 §5.4.1 (dsp-dcp.md 3.3).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

TYPE_ALIAS: Final = "org.eclipse.dspace.dcp.vc.type"
ID_ALIAS: Final = "org.eclipse.dspace.dcp.vc.id"
MAX_SCOPES: Final = 32
_ACTIONS: Final = ("read", "*", "all")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}\Z")


class Scope(msgspec.Struct, frozen=True, order=True):
    """One thing asked for: credentials of a type, or the one with an id."""

    alias: str
    value: str

    def __str__(self) -> str:
        return f"{self.alias}:{self.value}"


def type_scope(name: str) -> Scope:
    return Scope(TYPE_ALIAS, name)


def read_scope(text: str) -> Scope:
    """Return the scope that `text` is.

    Raises:
        MalformedMessageError: another alias, or no discriminator.
    """
    for alias in (TYPE_ALIAS, ID_ALIAS):
        if text.startswith(f"{alias}:"):
            value = text.removeprefix(f"{alias}:")
            head, colon, action = value.rpartition(":")
            if colon and action in _ACTIONS:
                value = head
            if (alias == TYPE_ALIAS and _NAME.match(value)) or (
                alias == ID_ALIAS and 0 < len(value) <= 2048 and value.isprintable()
            ):
                return Scope(alias, value)
    raise MalformedMessageError(
        what=Phrase("errors.told.scope.text", text=text[:120]),
        expected=Phrase("errors.told.scope.wanted", type=TYPE_ALIAS, id=ID_ALIAS),
        where="$.scope",
    )


def read_scopes(texts: tuple[str, ...]) -> tuple[Scope, ...]:
    """Return the scopes in their order, each once; raises as `read_scope`, and for too many."""
    if not 0 < len(texts) <= MAX_SCOPES:
        raise MalformedMessageError(
            what=Phrase("errors.told.scope.count", count=len(texts)),
            expected=Phrase("errors.told.scope.to", most=MAX_SCOPES),
            where="$.scope",
        )
    return tuple(dict.fromkeys(read_scope(text) for text in texts))
