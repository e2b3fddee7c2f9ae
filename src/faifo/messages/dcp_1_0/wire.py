"""What all messages of DCP share: `@context` and a plain `type`. Spec: DCP 1.0 §4.1."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from faifo.messages.dsp_2025_1.wire import ShapeError, Wire
from faifo.phrases import Phrase

CONTEXT: Final = "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"


class Message(Wire, frozen=True, kw_only=True):
    """A message that stands alone."""

    ALWAYS: ClassVar[tuple[str, ...]] = ("@context", "type")

    # A factory, because a plain default would be left out when written.
    context: tuple[str, ...] = msgspec.field(name="@context", default_factory=lambda: (CONTEXT,))

    def __post_init__(self) -> None:
        if CONTEXT not in self.context:
            raise ShapeError(
                what=Phrase("errors.told.shape.no-context"), expected=CONTEXT, where="$.@context"
            )
