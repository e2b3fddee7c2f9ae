"""Who may issue what: our own list of issuers, and lists by which an authority recognises others.

A signed list binds until its date and not a moment longer; each of its entries has a date too.
Recognition is not passed on: a list that a recognised authority signs is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from faifo.phrases import Phrase
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.jws import (
    check_header,
    check_signature,
    instant,
    numeric_date,
    read_jws,
    refuse,
    shown,
    write_jws,
)  # fmt: skip
from faifo.trust.keys import KeyPurpose, SigningKey

STEP: Final = "recognition"
TYP: Final = "recognition+jwt"
MAX_LIST_BYTES: Final = 256 * 1024
LEEWAY: Final = timedelta(seconds=30)


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """An authority that another one recognises, for these credential types, until a date."""

    did: str
    types: tuple[str, ...]
    until: datetime


class RecognitionList(msgspec.Struct, frozen=True, kw_only=True):
    """What `by` recognises, proven, until `until`."""

    by: str
    until: datetime
    entries: tuple[Recognised, ...]


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    recognised: tuple[Recognised, ...]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer that this node believes for `types`.

    With `recognises` those that it recognises are believed too, for the same types only.
    """

    did: str
    types: tuple[str, ...]
    recognises: bool = False


def write_recognition(
    entries: Iterable[Recognised],
    *,
    by: str,
    key: SigningKey,
    now: datetime,
    until: datetime,
) -> str:
    """Return the signed list of whom `by` recognises.

    Raises:
        ValueError: the key is of another purpose or of another DID.
    """
    if key.purpose is not KeyPurpose.CREDENTIAL or not key.id.startswith(f"{by}#"):
        raise ValueError(f"{key.id} is not a credential key of {by}")
    payload: dict[str, Any] = {
        "iss": by,
        "iat": int(now.timestamp()),
        "exp": int(until.timestamp()),
        "recognised": [
            {"did": one.did, "types": one.types, "until": instant(one.until)} for one in entries
        ],
    }
    return write_jws(payload, key=key, typ=TYP)


def read_recognition(
    text: str, *, by: str, document: DidDocument, now: datetime
) -> RecognitionList:
    """Return the list that `by`, whose DID document is `document`, signed.

    Raises:
        NotProvenError: another signed it, it is out of date, or it cannot be read.
    """
    jws = read_jws(text, what=Phrase("errors.told.jws.noun.recognition-list"), limit=MAX_LIST_BYTES)
    check_header(jws, step=STEP)
    if jws.header.get("typ") != TYP:
        refuse(STEP, Phrase("errors.told.jws.typ", found=shown(jws.header.get("typ")), typ=TYP))
    if jws.signer != by or jws.payload.get("iss") != by:
        signed = jws.signer or shown(jws.header.get("kid"))
        refuse(STEP, Phrase("errors.told.recognition.signed-by", by=by, signed=signed))
    check_signature(jws, document.method(jws.key_id, ASSERTION_METHOD), step=STEP)
    until = numeric_date(jws.payload, "exp", step=STEP)
    if until is None:
        refuse(STEP, Phrase("errors.told.recognition.no-end", by=by))
    if until <= now:
        refuse(STEP, Phrase("errors.told.recognition.ended", by=by, until=instant(until)))
    begin = numeric_date(jws.payload, "iat", step=STEP)
    if begin is None or begin > now + LEEWAY:
        refuse(STEP, Phrase("errors.told.recognition.not-past", by=by))
    try:
        payload = msgspec.convert(jws.payload, _Payload)
    except msgspec.ValidationError as error:
        refuse(STEP, Phrase("errors.told.recognition.unreadable", by=by, error=error))
    if any(entry.until.tzinfo is None for entry in payload.recognised):
        refuse(STEP, Phrase("errors.told.recognition.no-zone", by=by))
    return RecognitionList(by=by, until=until, entries=payload.recognised)


class Believed(msgspec.Struct, frozen=True, kw_only=True):
    """Who is believed for what, now: the node's own issuers, and the lists of those among them.

    `lacking`: whose lists cannot be had now. They recognise nobody meanwhile, and a refusal may
    end when they can.
    """

    issuers: tuple[Issuer, ...] = ()
    lists: tuple[RecognitionList, ...] = ()
    lacking: tuple[str, ...] = ()

    def refusal(self, issuer: str, credential_type: str, *, now: datetime) -> Phrase | None:
        """Return why `issuer` is not believed for `credential_type`; None if it is."""
        own = next((one for one in self.issuers if one.did == issuer), None)
        if own is not None:
            if covers(own.types, credential_type):
                return None
            return Phrase(
                "errors.told.recognition.types",
                issuer=issuer,
                types=", ".join(own.types),
                type=credential_type,
            )
        ended = None
        for signed in self.lists:
            sponsor = next((i for i in self.issuers if i.did == signed.by and i.recognises), None)
            entry = next((one for one in signed.entries if one.did == issuer), None)
            if sponsor is None or entry is None or not covers(sponsor.types, credential_type):
                continue
            if not covers(entry.types, credential_type):
                ended = Phrase(
                    "errors.told.recognition.only-types",
                    by=signed.by,
                    issuer=issuer,
                    types=", ".join(entry.types),
                )
            elif min(entry.until, signed.until) <= now:
                until = instant(min(entry.until, signed.until))
                ended = Phrase(
                    "errors.told.recognition.until", by=signed.by, issuer=issuer, until=until
                )
            else:
                return None
        return ended or Phrase("errors.told.recognition.unknown", issuer=issuer)


def covers(types: tuple[str, ...], credential_type: str) -> bool:
    return "*" in types or credential_type in types
