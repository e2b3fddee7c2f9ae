"""What a status list says about one credential: three checks, for presentations and later again.

Spec: DCP 1.0 §5.4.3 step 6; StatusList2021 §4.4, Bitstring Status List 1.0 §3.2.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from faifo.errors import NotProvenError
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
        refuse(step, f"the status list {found.url} is by {found.issuer}; not {subject.issuer}")
    if found.valid_from and found.valid_from > now + LEEWAY:
        refuse(step, f"the status list {found.url} is not valid before {instant(found.valid_from)}")
    if found.valid_until and found.valid_until <= now:
        refuse(step, f"the status list {found.url} ended at {instant(found.valid_until)}")
    if found.jws is None:
        if rules.signed:
            refuse(step, f"the status list {found.url} is not signed")
        return
    check_header(found.jws, step=step)
    if found.jws.signer != subject.issuer or document is None:
        refuse(step, f"the status list {found.url} is not signed by {subject.issuer}")
    try:
        key = document.method(found.jws.key_id, ASSERTION_METHOD)
    except NotProvenError as error:
        refuse(step, str(error.reason))
    check_signature(found.jws, key, step=step)


def status_fits(
    subject: StatusSubject, found: StatusList | None, *, rules: StatusRules, step: str
) -> None:
    """Raise NotProvenError unless the list is one for this entry: kind, purpose, length."""
    found = _at_hand(subject, found, step)
    entry = subject.entry
    if rules.matched and entry.type != STATUS_TYPES[subject.profile]:
        refuse(step, f"a credential of {subject.profile} has a status entry {entry.type}")
    if rules.matched and found.type != _LIST_OF[entry.type]:
        refuse(step, f"the list of a {entry.type} is a {found.type}")
    if entry.purpose not in found.purposes:
        refuse(step, f"the status list {found.url} is not one of {entry.purpose}")
    if len(found) < rules.minimum_bits:
        refuse(
            step,
            f"the status list {found.url} has {len(found)} bits;"
            f" expected at least {rules.minimum_bits}",
        )


def status_is_clear(subject: StatusSubject, found: StatusList | None, *, step: str) -> None:
    """Raise NotProvenError if the bit of the credential is set, or beyond the list."""
    found = _at_hand(subject, found, step)
    entry = subject.entry
    if entry.index >= len(found):
        refuse(step, f"the status index {entry.index} is beyond the list {found.url}")
    if found.is_set(entry.index):
        names = ", ".join(subject.types) or "a credential"
        refuse(step, f"{names} by {subject.issuer} is {_WORDS[entry.purpose]}")


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
        refuse(step, f"the status list {subject.entry.url} is not at hand")
    return found
