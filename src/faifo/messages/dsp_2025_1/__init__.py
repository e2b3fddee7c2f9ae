"""Dataspace Protocol 2025-1 (also 2025-1-err1, whose schemas are the same)."""

from __future__ import annotations

from faifo.messages.dsp_2025_1.codec import Received, read, write
from faifo.messages.dsp_2025_1.wire import CONTEXT, VERSION

__all__ = ["CONTEXT", "VERSION", "Received", "read", "write"]
