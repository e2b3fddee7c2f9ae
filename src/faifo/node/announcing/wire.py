"""What goes between two nodes about notices, and the rows that carry it.

`POST /faifo/v1/notices/arrivals` brings a notice with all that was said about it; the answer is the
receiver's signed word that it is durable there. `POST /faifo/v1/notices/words` brings what a person
there says later: that it is known, what was done, an answer. Both want a token, as DSP does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from faifo import ids
from faifo.errors import MalformedMessageError
from faifo.node.outward.service_addresses import NOTICE_URL
from faifo.phrases import Phrase
from faifo.store.records import OutboxRow

NOTICE, WORD = "notice", "notice-word"
PARCEL_BYTES: Final = 262_144
FOLLOWUPS: Final = 20
LEEWAY: Final = timedelta(seconds=30)
ARRIVALS_PATH: Final = "/arrivals"
WORDS_PATH: Final = "/words"

T = TypeVar("T", bound=msgspec.Struct)
Envelope = Annotated[str, Meta(min_length=1, max_length=65_536)]


class Parcel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice under an agreement about `dataset` of who brings it; whoever signed it."""

    dataset: Annotated[str, Meta(min_length=1, max_length=2048)]
    signed: Envelope
    followups: Annotated[tuple[Envelope, ...], Meta(max_length=FOLLOWUPS)] = ()


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One signed statement: an acknowledgement, or an answer."""

    signed: Envelope


for _learned in (Parcel, Word):
    msgspec.json.Decoder(_learned)


def read(body: bytes, kind: type[T]) -> T:
    """Return what is in a body; raises MalformedMessageError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedMessageError(
            what=str(error), expected=Phrase("errors.told.notice.wire")
        ) from None


def row(
    kind: str,
    notice: str,
    peer: str,
    body: bytes,
    *,
    now: datetime,
    until: datetime,
    path: str = ARRIVALS_PATH,
) -> OutboxRow:
    """Return what brings `body` to `peer`, at the address in its DID document, until `until`."""
    return OutboxRow(
        id=ids.new_urn(now),
        process=notice,
        kind=kind,
        message="notice" if kind == NOTICE else "statement",
        url=NOTICE_URL + path,
        peer=peer,
        body=body,
        not_before=now,
        created=now,
        give_up=until,
    )
