"""Verifiable presentations: taking them apart, making ours, and proving those of others.

`verify` runs `STEPS`, each of which refuses one thing; any refusal is one of everything that was
presented (step 8). Steps are sorted by stage: what must be fetched for a later stage is named by
what an earlier one has proven, so that nobody makes this node call an address of his choosing.
Spec: DCP 1.0 §5.4.3, numbered as in dsp-dcp.md 3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final, NamedTuple

import msgspec

from faifo.errors import Fact, NotProvenError
from faifo.phrases import Phrase
from faifo.trust.dcp.credential import BASE_TYPE, Credential, read_credential
from faifo.trust.dcp.json_schema import is_of_whole, misfit
from faifo.trust.dcp.profiles import VC11_CONTEXT, VC20_CONTEXT, Profile
from faifo.trust.dcp.recognition import Believed
from faifo.trust.dcp.status import StatusSubject, list_is_the_issuers, status_fits, status_is_clear
from faifo.trust.dcp.status_list import StatusList, StatusRules
from faifo.trust.did_document import ASSERTION_METHOD, AUTHENTICATION, DidDocument
from faifo.trust.jws import (
    Jws,
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

LEEWAY: Final = timedelta(seconds=30)
LIFETIME: Final = timedelta(minutes=5)
MAX_PRESENTATION_BYTES: Final = 512 * 1024
MAX_PRESENTATIONS: Final = 8
MAX_CREDENTIALS: Final = 32
SECTION: Final = "DCP 1.0 §5.4.3"
SHAPE: Final = f"{SECTION} step 2"
_ENVELOPE: Final = "data:application/vc+jwt,"
_VP_ENVELOPE: Final = "data:application/vp+jwt,"
ENVELOPED: Final = "EnvelopedVerifiablePresentation"


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """A presentation taken apart. Nothing in it is proven. `holder` is None where it names none.

    `envelope` is what was signed around it, where its sender wraps what it signs.
    """

    jws: Jws
    profile: Profile
    holder: str | None
    credentials: tuple[Credential, ...]
    envelope: Jws | None = None

    @property
    def signed(self) -> tuple[Jws, ...]:
        """Everything that the holder signed, the outermost first."""
        return (self.jws,) if self.envelope is None else (self.envelope, self.jws)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How strict a verifier is.

    `unlisted_keys`: a DID document that lists no key for a use is taken for one that lists every
    key for it (dsp-dcp.md, trap 19); unsafe. `loose`: a credential need not say that it is
    a `VerifiableCredential`, and its `sub` may be anything; unsafe.
    """

    status: StatusRules = StatusRules()
    unlisted_keys: bool = False
    loose: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps look at. `holder` was proven before, by its self-issued token.

    `unlisted`: whose keys count for every use where their document lists none for it. `unbound`: a
    presentation need not say for whom and until when it is.
    """

    presentations: tuple[Presentation, ...]
    holder: str
    audience: str
    asked: tuple[str, ...]
    now: datetime
    recognition: Believed
    documents: Mapping[str, DidDocument]
    lists: Mapping[str, StatusList] = {}
    schemas: Mapping[str, Any] = {}
    rules: Rules = Rules()
    unlisted: frozenset[str] = frozenset()
    unbound: bool = False

    @property
    def credentials(self) -> tuple[Credential, ...]:
        return tuple(one for each in self.presentations for one in each.credentials)

    def document(self, did: str) -> DidDocument:
        """Return the document of `did`; its absence is a refusal, never a pass."""
        found = self.documents.get(did)
        if found is None or found.id != did:
            refuse("DID resolution", Phrase("errors.told.did.not-at-hand", did=did))
        return found

    def lists_key(self, did: str, key_id: str, relationship: str, step: str) -> None:
        document = self.document(did)
        lenient = self.rules.unlisted_keys or did in self.unlisted
        if lenient and not document.relationships.get(relationship):
            return
        if not document.lists(key_id, relationship):
            refuse(
                step,
                Phrase("errors.told.did.unlisted", did=did, key=key_id, relationship=relationship),
            )


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was proven about `holder`, until `valid_until` at the latest."""

    holder: str
    credentials: tuple[Credential, ...]
    valid_until: datetime


class Stage(IntEnum):
    """What a step needs: the holder's DID document; the issuers'; status lists and schemas."""

    HOLDER = 1
    ISSUERS = 2
    STATUS = 3


class Step(NamedTuple):
    """`label` is the specification's number where it has one."""

    label: str
    check: Callable[[Attempt, str], None]
    stage: Stage


def read_presentation(text: str, *, enveloped: bool = False) -> Presentation:
    """Return the presentation in `text`, a JWT of one of the profiles.

    With `enveloped` it may stand in an `EnvelopedVerifiablePresentation` that is signed once more.

    Raises:
        NotProvenError: it is none, or what it holds is no credential of the same profile.
    """
    jws = read_jws(
        text, what=Phrase("errors.told.jws.noun.presentation"), limit=MAX_PRESENTATION_BYTES
    )
    inner_text = str(jws.payload.get("id", ""))
    kind = jws.payload.get("type")
    wrapped = kind in (ENVELOPED, [ENVELOPED]) and inner_text.startswith(_VP_ENVELOPE)
    if enveloped and wrapped:
        inner = read_presentation(inner_text.removeprefix(_VP_ENVELOPE))
        return msgspec.structs.replace(inner, envelope=jws)
    return _read(jws)


def _read(jws: Jws) -> Presentation:
    inner = jws.payload.get("vp")
    if inner is None:
        profile, body = Profile.VC20, jws.payload
        context = body.get("@context")
        if not isinstance(context, list) or context[:1] != [VC20_CONTEXT]:
            refuse(SHAPE, Phrase("errors.told.vp.context", context=shown(context)))
    elif isinstance(inner, dict) and "@context" not in jws.payload:
        profile, body = Profile.VC11, inner
    else:
        refuse(SHAPE, Phrase("errors.told.vp.claim-vp"))
    kinds = body.get("type")
    if "VerifiablePresentation" not in (kinds if isinstance(kinds, list) else [kinds]):
        refuse(SHAPE, Phrase("errors.told.vp.type", found=shown(kinds)))
    entries = body.get("verifiableCredential", [])
    entries = entries if isinstance(entries, list) else [entries]
    if len(entries) > MAX_CREDENTIALS:
        refuse(SHAPE, Phrase("errors.told.vp.many", count=len(entries)))
    credentials = tuple(_held(entry, profile) for entry in entries)
    holder = body.get("holder", jws.payload.get("iss"))
    if isinstance(holder, dict):
        holder = holder.get("id")
    return Presentation(
        jws=jws,
        profile=profile,
        holder=holder if isinstance(holder, str) else None,
        credentials=credentials,
    )


def write_presentation(
    credentials: tuple[Credential, ...],
    *,
    profile: Profile,
    holder: str,
    audience: str,
    jti: str,
    key: SigningKey,
    now: datetime,
) -> str:
    """Return the presentation of `credentials`, all of `profile`, to `audience`.

    Raises:
        ValueError: a key of another purpose or DID, or a credential of another profile.
    """
    if key.purpose is not KeyPurpose.PRESENTATION or not key.id.startswith(f"{holder}#"):
        raise ValueError(f"{key.id} is not a presentation key of {holder}")
    if any(credential.profile is not profile for credential in credentials):
        raise ValueError(f"a presentation of {profile} holds credentials of that profile only")
    registered = _registered(holder, audience, jti, now)
    if profile is Profile.VC11:
        body: dict[str, Any] = {
            "@context": [VC11_CONTEXT],
            "type": ["VerifiablePresentation"],
            "holder": holder,
            "verifiableCredential": [credential.text for credential in credentials],
        }
        return write_jws({**registered, "vp": body}, key=key, typ="JWT")
    body = {
        "@context": [VC20_CONTEXT],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [
            {
                "@context": VC20_CONTEXT,
                "id": _ENVELOPE + credential.text,
                "type": "EnvelopedVerifiableCredential",
            }
            for credential in credentials
        ],
    }
    return write_jws({**body, **registered}, key=key, typ="vp+jwt")


def write_envelope(
    presentation: str, *, holder: str, audience: str, jti: str, key: SigningKey, now: datetime
) -> str:
    """Return a VC 2.0 presentation wrapped and signed once more, as EDC wants it."""
    body = {"@context": [VC20_CONTEXT], "type": ENVELOPED, "id": _VP_ENVELOPE + presentation}
    return write_jws({**body, **_registered(holder, audience, jti, now)}, key=key, typ="JWT")


def _registered(holder: str, audience: str, jti: str, now: datetime) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "iss": holder,
        "sub": holder,
        "aud": audience,
        "jti": jti,
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }


def verify(attempt: Attempt) -> Verified:
    """Return what the presentations prove, all of it fetched already.

    Raises:
        NotProvenError: `step` and `reason` say which check failed; then nothing is proven.
    """
    return verify_by(STEPS, attempt)


def verify_by(steps: tuple[Step, ...], attempt: Attempt) -> Verified:
    """As `verify`, with these steps only; `verify` is what everybody else calls."""
    for step in steps:
        step.check(attempt, step.label)
    ends = [one.valid_until for one in attempt.credentials if one.valid_until]
    ends += [one.valid_until for one in attempt.lists.values() if one.valid_until]
    return Verified(
        holder=attempt.holder,
        credentials=attempt.credentials,
        valid_until=min(ends, default=attempt.now + LIFETIME),
    )


def check_stage(attempt: Attempt, stage: Stage) -> None:
    """Run the steps of one stage; raises as `verify`."""
    for step in STEPS:
        if step.stage is stage:
            step.check(attempt, step.label)


def _signed(attempt: Attempt) -> list[Jws]:
    return [jws for presentation in attempt.presentations for jws in presentation.signed]


def holds_credentials(attempt: Attempt, step: str) -> None:
    if not 0 < len(attempt.presentations) <= MAX_PRESENTATIONS:
        refuse(step, Phrase("errors.told.vp.presentations", count=len(attempt.presentations)))
    if not all(presentation.credentials for presentation in attempt.presentations):
        refuse(step, Phrase("errors.told.vp.empty"))


def answers_what_was_asked(attempt: Attempt, step: str) -> None:
    present = {name for credential in attempt.credentials for name in credential.types}
    missing = [name for name in attempt.asked if name not in present]
    if missing:
        refuse(
            step,
            Phrase("errors.told.vp.missing", holder=attempt.holder, missing=", ".join(missing)),
        )


def presentation_header_is_plain(attempt: Attempt, step: str) -> None:
    for jws in _signed(attempt):
        check_header(jws, step=step)


def presentation_key_is_the_holders(attempt: Attempt, step: str) -> None:
    for jws in _signed(attempt):
        if jws.signer != attempt.holder:
            kid = shown(jws.header.get("kid"))
            refuse(step, Phrase("errors.told.jws.kid", kid=kid, holder=attempt.holder))


def presentation_signature_fits(attempt: Attempt, step: str) -> None:
    for jws in _signed(attempt):
        check_signature(jws, _key(attempt, jws, step), step=step)


def presentation_key_is_listed(attempt: Attempt, step: str) -> None:
    for jws in _signed(attempt):
        attempt.lists_key(jws.signer, jws.key_id, AUTHENTICATION, step)


def presenter_is_the_holder(attempt: Attempt, step: str) -> None:
    for presentation in attempt.presentations:
        claims = presentation.jws.payload
        names = [presentation.holder, claims.get("iss", attempt.holder)]
        names.append(claims.get("sub", attempt.holder))
        for name in names:
            if name != attempt.holder:
                refuse(
                    step,
                    Phrase("errors.told.vp.by", name=shown(name), holder=attempt.holder),
                )


def presentation_is_for_us(attempt: Attempt, step: str) -> None:
    for presentation in attempt.presentations:
        aud = presentation.signed[0].payload.get("aud")
        if aud is None and attempt.unbound:
            continue
        if aud not in (attempt.audience, [attempt.audience]):
            refuse(step, Phrase("errors.told.jws.aud", aud=shown(aud), audience=attempt.audience))


def presentation_is_in_time(attempt: Attempt, step: str) -> None:
    for presentation in attempt.presentations:
        payload = presentation.signed[0].payload
        end = numeric_date(payload, "exp", step=step)
        if end is None and attempt.unbound:
            continue
        if end is None:
            refuse(step, Phrase("errors.told.vp.no-exp"))
        inner = numeric_date(presentation.jws.payload, "exp", step=step)
        end = min(end, inner) if inner else end
        begin = [numeric_date(payload, name, step=step) for name in ("nbf", "iat")]
        _in_time(
            Phrase("errors.told.jws.noun.presentation"),
            max(filter(None, begin), default=None),
            end,
            attempt,
            step,
        )


def credential_key_is_the_issuers(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        if credential.jws.signer != credential.issuer:
            kid = shown(credential.jws.header.get("kid"))
            refuse(step, Phrase("errors.told.vc.kid", kid=kid, issuer=credential.issuer))
        if credential.iss not in (None, credential.issuer):
            refuse(
                step,
                Phrase("errors.told.vc.iss", iss=shown(credential.iss), issuer=credential.issuer),
            )


def issuer_is_recognised(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        if not credential.types:
            refuse(step, Phrase("errors.told.vc.no-type", issuer=credential.issuer))
        for name in credential.types:
            why = attempt.recognition.refusal(credential.issuer, name, now=attempt.now)
            if why:
                refuse(step, why)


def holder_is_the_subject(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        for subject in credential.subjects:
            if subject.get("id") != attempt.holder:
                names = ", ".join(credential.types)
                refuse(
                    step,
                    Phrase(
                        "errors.told.vc.about",
                        names=names,
                        subject=shown(subject.get("id")),
                        holder=attempt.holder,
                    ),
                )


def credential_is_in_time(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        names = ", ".join(credential.types) or Phrase("errors.told.jws.noun.credential")
        _in_time(names, credential.valid_from, credential.valid_until, attempt, step)


def credential_is_typed(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        if not credential.typed and not attempt.rules.loose:
            types = ", ".join(credential.types)
            refuse(step, Phrase("errors.told.vc.base-type", types=types, base=BASE_TYPE))


def sub_is_the_subject(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        sub = credential.jws.payload.get("sub")
        if sub is None or attempt.rules.loose:
            continue
        if any(subject.get("id") != sub for subject in credential.subjects):
            types = ", ".join(credential.types)
            refuse(step, Phrase("errors.told.vc.sub", types=types, sub=shown(sub)))


def credential_header_is_plain(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        check_header(credential.jws, step=step)


def credential_key_is_listed(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        jws = credential.jws
        attempt.lists_key(jws.signer, jws.key_id, ASSERTION_METHOD, step)


def credential_signature_fits(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        check_signature(credential.jws, _key(attempt, credential.jws, step), step=step)


def lists_are_the_issuers(attempt: Attempt, step: str) -> None:
    for subject in status_subjects(attempt.credentials):
        found = attempt.lists.get(subject.entry.url)
        document = attempt.documents.get(subject.issuer)
        list_is_the_issuers(
            subject, found, document, rules=attempt.rules.status, now=attempt.now, step=step
        )


def lists_fit(attempt: Attempt, step: str) -> None:
    for subject in status_subjects(attempt.credentials):
        found = attempt.lists.get(subject.entry.url)
        status_fits(subject, found, rules=attempt.rules.status, step=step)


def nothing_is_withdrawn(attempt: Attempt, step: str) -> None:
    for subject in status_subjects(attempt.credentials):
        status_is_clear(subject, attempt.lists.get(subject.entry.url), step=step)


def schema_fits(attempt: Attempt, step: str) -> None:
    for credential in attempt.credentials:
        for name in credential.schemas:
            if name not in attempt.schemas:
                refuse(step, Phrase("errors.told.vc.no-schema", name=name[:200]))
            schema = attempt.schemas[name]
            whole = is_of_whole(schema)
            for part in (credential.document,) if whole else credential.subjects:
                wrong = misfit(part, schema)
                if wrong:
                    types = ", ".join(credential.types)
                    refuse(step, Phrase("errors.told.vc.misfit", types=types, wrong=wrong))


STEPS: Final = (
    Step(f"{SECTION} step 1", holds_credentials, Stage.HOLDER),
    Step(f"{SECTION} step 1", answers_what_was_asked, Stage.HOLDER),
    Step(f"{SECTION} step 2", presentation_header_is_plain, Stage.HOLDER),
    Step(f"{SECTION} step 2", presentation_key_is_the_holders, Stage.HOLDER),
    Step(f"{SECTION} step 2", presentation_signature_fits, Stage.HOLDER),
    Step(f"{SECTION} step 3", presentation_key_is_listed, Stage.HOLDER),
    Step(f"{SECTION} holder", presenter_is_the_holder, Stage.HOLDER),
    Step(f"{SECTION} audience", presentation_is_for_us, Stage.HOLDER),
    Step(f"{SECTION} step 7", presentation_is_in_time, Stage.HOLDER),
    Step(f"{SECTION} step 4", credential_key_is_the_issuers, Stage.HOLDER),
    Step(f"{SECTION} issuer", issuer_is_recognised, Stage.HOLDER),
    Step(f"{SECTION} holder", holder_is_the_subject, Stage.HOLDER),
    Step(f"{SECTION} step 7", credential_is_in_time, Stage.HOLDER),
    Step(f"{SECTION} step 5", credential_is_typed, Stage.HOLDER),
    Step(f"{SECTION} step 5", sub_is_the_subject, Stage.HOLDER),
    Step(f"{SECTION} step 5", credential_header_is_plain, Stage.HOLDER),
    Step(f"{SECTION} step 5", credential_key_is_listed, Stage.ISSUERS),
    Step(f"{SECTION} step 5", credential_signature_fits, Stage.ISSUERS),
    Step(f"{SECTION} step 6", lists_are_the_issuers, Stage.STATUS),
    Step(f"{SECTION} step 6", lists_fit, Stage.STATUS),
    Step(f"{SECTION} step 6", nothing_is_withdrawn, Stage.STATUS),
    Step(f"{SECTION} schema", schema_fits, Stage.STATUS),
)


def status_subjects(credentials: tuple[Credential, ...]) -> tuple[StatusSubject, ...]:
    """Return what must be looked up in status lists for `credentials`."""
    return tuple(
        StatusSubject(
            issuer=credential.issuer,
            profile=credential.profile,
            entry=entry,
            types=credential.types,
        )
        for credential in credentials
        for entry in credential.entries
    )


def _held(entry: object, profile: Profile) -> Credential:
    text = entry
    if profile is Profile.VC20 and isinstance(entry, dict):
        if entry.get("type") not in (
            "EnvelopedVerifiableCredential",
            ["EnvelopedVerifiableCredential"],
        ):
            refuse(SHAPE, Phrase("errors.told.vp.envelope", found=shown(entry.get("type"))))
        name = entry.get("id")
        if isinstance(name, str) and name.startswith(_ENVELOPE):
            text = name.removeprefix(_ENVELOPE)
    if not isinstance(text, str):
        refuse(SHAPE, Phrase("errors.told.vp.no-jwt"))
    credential = read_credential(text)
    if credential.profile is not profile:
        refuse(SHAPE, Phrase("errors.told.vp.profile", profile=profile, other=credential.profile))
    return credential


def _key(attempt: Attempt, jws: Jws, step: str) -> Any:
    try:
        return attempt.document(jws.signer).key(jws.key_id)
    except NotProvenError as error:
        refuse(step, error.reason)


def _in_time(
    what: Fact, begin: datetime | None, end: datetime | None, attempt: Attempt, step: str
) -> None:
    at = instant(attempt.now)
    if begin is not None and begin > attempt.now + LEEWAY:
        refuse(step, Phrase("errors.told.jws.not-before", what=what, begin=instant(begin), at=at))
    if end is not None and end <= attempt.now - LEEWAY:
        refuse(step, Phrase("errors.told.jws.expired", what=what, end=instant(end), at=at))
