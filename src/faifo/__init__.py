"""Faifo: a dataspace node that shares data, services and AI systems under rules, with proof.

The rooms, from the bottom up: `errors`, `clock`, `ids`, `phrases`; `messages` (what is on the
wire); `machines`, `policy`, `trust` (pure decisions); `store`, `dataplane`; `node`, `client`;
`demo`, `cli`. Imports go downwards only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faifo.client import Client, SyncClient

__version__ = "0.1.0"
__all__ = ["Client", "SyncClient", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the clients when they are first used: most of Faifo needs neither."""
    if name in {"Client", "SyncClient"}:
        from importlib import import_module

        return getattr(import_module("faifo.client"), name)
    raise AttributeError(f"module 'faifo' has no attribute {name!r}")
