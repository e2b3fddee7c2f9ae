"""What one partner needs beyond DCP 1.0; each is off unless an operator names it for that partner.

Eclipse EDC and its IdentityHub are what the names come from. Nothing here is taken from anybody
else, so that a leniency for one is none for all.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from faifo.trust.dcp.scopes import TYPE_ALIAS


class Need(StrEnum):
    """`edc-scopes`: its wallet is asked with EDC's alias and three parts, and may ask ours so.

    `edc-formats`: credentials are brought to it under EDC's names of formats. `unlisted-keys`: the
    keys of its DID document count for every use, where the document lists none for that use.
    `enveloped`: a VC 2.0 presentation to it and from it is wrapped in a second one. `unbound`: its
    presentations need not say for whom and until when they are; whoever keeps one may show it
    again, as far as he answers at the wallet's address.
    """

    EDC_SCOPES = "edc-scopes"
    EDC_FORMATS = "edc-formats"
    UNLISTED_KEYS = "unlisted-keys"
    ENVELOPED = "enveloped"
    UNBOUND = "unbound"


Needs = Callable[[str], tuple[Need, ...]]
"""Returns the needs of a participant, by its DID."""

EDC_TYPE_ALIAS: Final = "org.eclipse.edc.vc.type"
EDC_FORMATS: Final = {"vc11-sl2021/jwt": "VC1_0_JWT", "vc20-bssl/jwt": "VC2_0_JOSE"}


def none(_: str) -> tuple[Need, ...]:
    """Return what everybody needs beside the standard."""
    return ()


def standard_scope(text: str) -> str:
    """Return a scope under DCP's alias, where it is under EDC's."""
    alias, colon, rest = text.partition(":")
    return f"{TYPE_ALIAS}{colon}{rest}" if alias == EDC_TYPE_ALIAS else text
