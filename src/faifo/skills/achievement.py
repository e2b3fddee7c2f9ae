"""What a badge is for: light enough for the command line's help (Open Badges 3.0 §B.1)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Proof = Literal["jose", "eddsa-rdfc-2022"]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]


class Alignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A level or competency of a framework that an achievement is of, by the framework's code."""

    framework: Line
    code: Line
    name: Annotated[str, Meta(max_length=200)] = ""
    url: Annotated[str, Meta(max_length=500)] = ""


class Achievement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a badge is for; `days` is how long one is good."""

    name: Line
    description: Words
    criteria: Words
    days: Annotated[int, Meta(ge=1, le=36600)] = 3650
    alignment: Annotated[tuple[Alignment, ...], Meta(max_length=16)] = ()
