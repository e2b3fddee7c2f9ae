"""What a status list says about one credential: three checks, for presentations and later again.

Spec: DCP 1.0 §5.4.3 step 6; StatusList2021 §4.4, Bitstring Status List 1.0 §3.2.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from faifo.errors import NotProvenError
from faifo.phrases import Phrase
from faifo.trust.data_integrity import verify_embedded
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.status_list import StatusEntry, StatusList, StatusRules
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.jws import check_header, check_signature, instant, refuse

_LIST_OF: Final = {
    "StatusList2021Entry": "StatusList2021",
    "BitstringStatusListEntry": "BitstringStatusList",
}
LEEWAY: Final = timedelta(seconds=30)
_WORDS: Final = {"revocation": "revoked", "suspension": "suspended"}


class StatusSubject(msgspec.Struct, frozen=True, kw_only=True):
    """One status entry and whose credential it stands in; kept with a process for later looks."""

    issuer: str
    profile: Profile
    entry: StatusEntry
    types: tuple[str, ...] = ()


def list_is_the_issuers(
    subject: StatusSubject,
    found: StatusList | None,
    document: DidDocument | None,
    *,
    rules: StatusRules,
    now: datetime,
    step: str,
) -> None:
    """Raise NotProvenError unless `found` is signed by the issuer of the credential, and current.

    An unsigned list passes only where the rules say so.
    """
    found = _at_hand(subject, found, step)
    if found.issuer != subject.issuer:
        refuse(
            step,
            Phrase("errors.told.status.by", url=found.url, by=found.issuer, issuer=subject.issuer),
        )
    if found.valid_from and found.valid_from > now + LEEWAY:
        refuse(
            step,
            Phrase("errors.told.status.not-before", url=found.url, begin=instant(found.valid_from)),
        )
    if found.valid_until and found.valid_until <= now:
        refuse(
            step, Phrase("errors.told.status.ended", url=found.url, end=instant(found.valid_until))
        )
    if found.document is not None and document is not None:
        said = {**found.document["credentialSubject"], **found.document}
        names = ("encodedList", "statusPurpose", "validFrom", "validUntil")
        relied = [(name, said[name]) for name in names if isinstance(said.get(name), str)]
        verify_embedded(found.document, document, now=now, relied=relied)
        return
    if found.jws is None:
        if rules.signed:
            refuse(step, Phrase("errors.told.status.unsigned", url=found.url))
        return
    check_header(found.jws, step=step)
    if found.jws.signer != subject.issuer or document is None:
        refuse(
            step, Phrase("errors.told.status.not-signed-by", url=found.url, issuer=subject.issuer)
        )
    try:
        key = document.method(found.jws.key_id, ASSERTION_METHOD)
    except NotProvenError as error:
        refuse(step, error.reason)
    check_signature(found.jws, key, step=step)


def status_fits(
    subject: StatusSubject, found: StatusList | None, *, rules: StatusRules, step: str
) -> None:
    """Raise NotProvenError unless the list is one for this entry: kind, purpose, length."""
    found = _at_hand(subject, found, step)
    entry = subject.entry
    if rules.matched and entry.type != STATUS_TYPES[subject.profile]:
        refuse(
            step, Phrase("errors.told.status.entry-type", profile=subject.profile, type=entry.type)
        )
    if rules.matched and found.type != _LIST_OF[entry.type]:
        refuse(step, Phrase("errors.told.status.list-type", type=entry.type, other=found.type))
    if entry.purpose not in found.purposes:
        refuse(step, Phrase("errors.told.status.purpose", url=found.url, purpose=entry.purpose))
    if len(found) < rules.minimum_bits:
        refuse(
            step,
            Phrase(
                "errors.told.status.bits", url=found.url, bits=len(found), least=rules.minimum_bits
            ),
        )


def status_is_clear(subject: StatusSubject, found: StatusList | None, *, step: str) -> None:
    """Raise NotProvenError if the bit of the credential is set, or beyond the list."""
    found = _at_hand(subject, found, step)
    entry = subject.entry
    if entry.index >= len(found):
        refuse(step, Phrase("errors.told.status.beyond", index=entry.index, url=found.url))
    if found.is_set(entry.index):
        names = ", ".join(subject.types) or Phrase("errors.told.jws.noun.a-credential")
        refuse(
            step,
            Phrase(
                f"errors.told.status.{_WORDS[entry.purpose]}", names=names, issuer=subject.issuer
            ),
        )


def check_status(
    subject: StatusSubject,
    found: StatusList | None,
    document: DidDocument | None,
    *,
    rules: StatusRules,
    now: datetime,
) -> None:
    """Run all three; raises NotProvenError."""
    step = "DCP 1.0 §5.4.3 step 6"
    list_is_the_issuers(subject, found, document, rules=rules, now=now, step=step)
    status_fits(subject, found, rules=rules, step=step)
    status_is_clear(subject, found, step=step)


def _at_hand(subject: StatusSubject, found: StatusList | None, step: str) -> StatusList:
    if found is None or found.url != subject.entry.url:
        refuse(step, Phrase("errors.told.status.not-at-hand", url=subject.entry.url))
    return found
