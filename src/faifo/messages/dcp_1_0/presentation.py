"""Asking for presentations and answering. Spec: DCP 1.0 §5.4."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from faifo.messages.dcp_1_0.wire import Message
from faifo.messages.dsp_2025_1.wire import ShapeError, named
from faifo.phrases import Phrase


class PresentationQueryMessage(Message, frozen=True, kw_only=True):
    """By scope or by definition, not both (the schema lets both pass; §5.4.1 does not)."""

    type: Literal["PresentationQueryMessage"] = named("PresentationQueryMessage", "type")
    scope: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] | None = None
    presentation_definition: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.scope is None) == (self.presentation_definition is None):
            given = "neither" if self.scope is None else "both"
            raise ShapeError(
                what=Phrase(
                    f"errors.told.shape.{given}", one="scope", other="presentationDefinition"
                ),
                expected=Phrase("errors.told.shape.exactly-one"),
                where="$",
            )
        if self.presentation_definition is not None and not self.presentation_definition:
            raise ShapeError(
                what=Phrase("errors.told.shape.empty-definition"),
                expected=Phrase("errors.told.shape.definition"),
                where="$.presentationDefinition",
            )


class PresentationResponseMessage(Message, frozen=True, kw_only=True):
    """`presentation` holds JWTs as texts; an object is a proof that is not read here."""

    type: Literal["PresentationResponseMessage"] = named("PresentationResponseMessage", "type")
    # A factory, because an empty list is an answer and must be written.
    presentation: tuple[str | dict[str, Any], ...] = msgspec.field(default_factory=lambda: ())
    presentation_submission: dict[str, Any] | None = None
    ALWAYS = ("@context", "type", "presentation")
