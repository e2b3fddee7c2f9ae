"""The dates of credentials: RFC 3339 texts with a zone. Spec: VCDM 2.0 §4.9, VCDM 1.1 §4.6."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from faifo import instants
from faifo.phrases import Phrase
from faifo.trust.jws import refuse, shown


def read_instant(document: Mapping[str, Any], names: tuple[str, ...], step: str) -> datetime | None:
    """Return the first of `names` that `document` has, None where it has none, or null.

    Raises:
        NotProvenError: it is not a date with time and zone.
    """
    for name in names:
        value = document.get(name)
        if value is not None:
            try:
                return instants.read_instant(value if isinstance(value, str) else "")
            except ValueError:
                refuse(step, Phrase("errors.told.vc.date", name=name, value=shown(value)))
    return None
