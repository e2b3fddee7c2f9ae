"""Whom calls to others believe, and which certificate they show where one is asked for."""

from __future__ import annotations

from pathlib import Path

from faifo.dataplane.certificates import Renewed, of_calls
from faifo.node.settings.model import EgressSettings


def of_settings(home: Path, egress: EgressSettings, *, shown: bool = True) -> Renewed | None:
    """Return the context of calls; `shown=False`: one that shows no certificate.

    Raises:
        SettingsError: a file cannot be used.
    """
    names = (egress.ca_file, *((egress.tls_certificate, egress.tls_key) if shown else ()))
    return of_calls(*(home / name if name else None for name in names))
