"""Self-issued ID tokens: making ours, reading and verifying those of others.

`read` only takes a token apart; nothing in an `UnverifiedToken` may be believed. `verify` runs
`STEPS`, each of which refuses one thing; a token that passes all was signed for this audience by a
key that its sender's DID document lists for that. Step 6 has a half that needs a store: the caller
refuses a `jti` seen before and keeps it until `expires` plus `LEEWAY`.
Spec: DCP 1.0 §4.3.1 and §4.3.3, numbered as in dsp-dcp.md 3.1; RFC 7515, RFC 7519.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, NoReturn

import msgspec

from faifo.errors import Fact, MalformedMessageError, NotProvenError
from faifo.phrases import Phrase
from faifo.trust.did_document import CAPABILITY_INVOCATION, DidDocument, absolute
from faifo.trust.did_web import did_web_url
from faifo.trust.jws import (
    FORBIDDEN_HEADERS,
    ONE_OF,
    algorithm,
    instant,
    numeric_date,
    read_jws,
    refuse,
    shown,
    write_jws,
)
from faifo.trust.keys import KeyPurpose, SigningKey

LIFETIME: Final = timedelta(seconds=300)
LEEWAY: Final = timedelta(seconds=30)
MAX_LIFETIME: Final = timedelta(hours=1)
MAX_TOKEN_BYTES: Final = 8 * 1024
MAX_JTI_CHARACTERS: Final = 256
SHAPE: Final = "RFC 7519 §7.2"


class UnverifiedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token taken apart. Nothing in it is proven; `claimed_did` says only whom to ask."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed_part: bytes
    signature: bytes
    moments: dict[str, datetime] = {}
    """Claims of time that were read."""

    @property
    def claimed_did(self) -> str:
        return str(self.claims["sub"])


class SelfIssuedIdToken(msgspec.Struct, frozen=True, kw_only=True):
    """A verified token; that its `jti` is new is still the caller's to check.

    `access_token` is the claim `token`: a secret for the sender's Credential Service.
    """

    did: str
    key_id: str
    jti: str
    issued_at: datetime
    expires: datetime
    access_token: str | None = None


def issue(
    *,
    key: SigningKey,
    did: str,
    audience: str,
    jti: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
    access_token: str | None = None,
) -> str:
    """Return a token by which `did` shows itself to `audience`.

    Raises:
        ValueError: the key is of another purpose or DID, or the lifetime is over `MAX_LIFETIME`.
    """
    if key.purpose is not KeyPurpose.TOKEN or not key.id.startswith(f"{did}#"):
        raise ValueError(f"{key.id} is not a token key of {did}")
    if not timedelta() < lifetime <= MAX_LIFETIME:
        raise ValueError(f"a token lives longer than 0 and at most {MAX_LIFETIME}: {lifetime}")
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": did,
        "sub": did,
        "aud": audience,
        "jti": jti,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
    }
    if access_token is not None:
        claims["token"] = access_token
    return write_jws(claims, key=key, typ="JWT")


def read(token: str) -> UnverifiedToken:
    """Return the parts of `token`, which is a JWS in compact form.

    Raises:
        NotProvenError: too large, not such a form, or a `sub` that cannot be resolved.
    """
    jws = read_jws(
        token, what=Phrase("errors.told.jws.noun.token"), limit=MAX_TOKEN_BYTES, step=SHAPE
    )
    unverified = UnverifiedToken(
        header=jws.header,
        claims=jws.payload,
        signed_part=jws.signed_part,
        signature=jws.signature,
    )
    _check_subject(jws.payload)
    if not isinstance(jws.payload.get("token", ""), str):
        refuse("DCP 1.0 §4.3.1", Phrase("errors.told.token.claim"))
    return unverified


def check_unresolved(token: UnverifiedToken, *, audience: str, now: datetime) -> None:
    """Run those steps that need no DID document, so that a bad token makes nobody fetch one.

    Raises:
        NotProvenError: as `verify`.
    """
    attempt = Attempt(token=token, document=None, audience=audience, now=now)
    for check in _UNRESOLVED:
        check(attempt)


def verify(
    token: UnverifiedToken,
    document: DidDocument,
    *,
    audience: str,
    now: datetime,
    unlisted_keys: bool = False,
) -> SelfIssuedIdToken:
    """Return what the token proves: that `did`, just now, addresses `audience`.

    `document` is the DID document of `token.claimed_did` and `audience` our own DID. With
    `unlisted_keys` a key is taken also when the document has no capabilityInvocation at all, as
    some peers' documents do (dsp-dcp.md, trap 19); a list without the key still refuses.

    Raises:
        NotProvenError: `step` and `reason` say which check failed; the token is not repeated.
    """
    attempt = Attempt(
        token=token, document=document, audience=audience, now=now, unlisted_keys=unlisted_keys
    )
    return _verify_by(STEPS, attempt)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps look at."""

    token: UnverifiedToken
    document: DidDocument | None
    audience: str
    now: datetime
    unlisted_keys: bool = False

    @property
    def resolved(self) -> DidDocument:
        if self.document is None:
            raise ValueError("this step needs the DID document")
        return self.document

    @property
    def key_id(self) -> str:
        """The `kid`, or without one the first method; `kid_belongs_to_subject` guards both."""
        kid = self.token.header.get("kid")
        if kid is None and self.resolved.methods:
            return self.resolved.methods[0].id
        # Relative to the document, as its own ids may be. Spec: DID Core 1.0 §3.2.2.
        return absolute(str(kid), str(self.token.claims["sub"]))


class Step(NamedTuple):
    number: int
    check: Callable[[Attempt], None]
    needs_document: bool = False


def issuer_is_subject(attempt: Attempt) -> None:
    iss, sub = attempt.token.claims.get("iss"), attempt.token.claims["sub"]
    if iss != sub:
        _refuse_at(1, Phrase("errors.told.token.iss-sub", iss=shown(iss), sub=shown(sub)))


def audience_is_us(attempt: Attempt) -> None:
    """`aud` is a text, or an array of exactly one: a token for several could be passed on."""
    aud = attempt.token.claims.get("aud")
    if aud not in (attempt.audience, [attempt.audience]):
        _refuse_at(2, Phrase("errors.told.jws.aud", aud=shown(aud), audience=attempt.audience))


def header_chooses_nothing(attempt: Attempt) -> None:
    header = attempt.token.header
    if not header.keys().isdisjoint(FORBIDDEN_HEADERS):
        name = next(name for name in FORBIDDEN_HEADERS if name in header)
        _refuse_at(3, Phrase("errors.told.jws.forbidden", name=name))


def algorithm_is_allowed(attempt: Attempt) -> None:
    alg = attempt.token.header.get("alg")
    if algorithm(alg) is None:
        _refuse_at(3, Phrase("errors.told.jws.alg", alg=shown(alg), algorithms=ONE_OF))


def kid_belongs_to_subject(attempt: Attempt) -> None:
    kid, sub = attempt.token.header.get("kid"), attempt.token.claims["sub"]
    if kid is None:
        count = len(attempt.resolved.methods)
        if count != 1:
            _refuse_at(
                3,
                Phrase("errors.told.token.no-kid", count=count),
            )
    elif not isinstance(kid, str) or not absolute(kid, sub).startswith(f"{sub}#"):
        _refuse_at(3, Phrase("errors.told.jws.kid", kid=shown(kid), holder=sub))


def key_is_for_tokens(attempt: Attempt) -> None:
    document = attempt.resolved
    if attempt.unlisted_keys and not document.relationships.get(CAPABILITY_INVOCATION):
        return
    document.method(attempt.key_id, CAPABILITY_INVOCATION)


def algorithm_is_the_keys(attempt: Attempt) -> None:
    # PublicKey verifies by its own algorithm whatever the header says; the two must agree as well.
    # What is no algorithm at all is the step before's.
    alg, key = attempt.token.header.get("alg"), attempt.resolved.key(attempt.key_id)
    if algorithm(alg) not in {None, key.algorithm}:
        _refuse_at(
            3,
            Phrase("errors.told.jws.key-alg", alg=shown(alg), key=key.id, algorithm=key.algorithm),
        )


def signature_fits(attempt: Attempt) -> None:
    key = attempt.resolved.key(attempt.key_id)
    try:
        key.verify(attempt.token.signature, attempt.token.signed_part)
    except NotProvenError as error:
        _refuse_at(3, error.reason)


def document_is_of_subject(attempt: Attempt) -> None:
    found, sub = attempt.resolved.id, attempt.token.claims["sub"]
    if found != sub:
        _refuse_at(
            4, Phrase("errors.told.token.other-document", found=shown(found), sub=shown(sub))
        )


def valid_already(attempt: Attempt) -> None:
    if "nbf" not in attempt.token.claims:
        return
    nbf = _moment(attempt, "nbf")
    if nbf > attempt.now + LEEWAY:
        _refuse_at(
            5, Phrase("errors.told.token.not-before", begin=instant(nbf), at=instant(attempt.now))
        )


def not_expired(attempt: Attempt) -> None:
    exp = _moment(attempt, "exp")
    if exp <= attempt.now - LEEWAY:
        _refuse_at(
            5, Phrase("errors.told.token.expired", end=instant(exp), at=instant(attempt.now))
        )


def issued_in_the_past(attempt: Attempt) -> None:
    iat = _moment(attempt, "iat")
    if iat > attempt.now + LEEWAY:
        _refuse_at(
            5, Phrase("errors.told.token.issued", issued=instant(iat), at=instant(attempt.now))
        )


def lives_shortly(attempt: Attempt) -> None:
    lifetime = _moment(attempt, "exp") - _moment(attempt, "iat")
    if lifetime > MAX_LIFETIME:
        _refuse_at(5, Phrase("errors.told.token.lifetime", lifetime=lifetime, most=MAX_LIFETIME))


def jti_is_storable(attempt: Attempt) -> None:
    jti = attempt.token.claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_CHARACTERS or not jti.isprintable():
        _refuse_at(6, Phrase("errors.told.token.jti", jti=shown(jti), most=MAX_JTI_CHARACTERS))


STEPS: Final = (
    Step(1, issuer_is_subject),
    Step(2, audience_is_us),
    Step(3, header_chooses_nothing),
    Step(3, algorithm_is_allowed),
    Step(3, kid_belongs_to_subject, needs_document=True),
    Step(3, key_is_for_tokens, needs_document=True),
    Step(3, algorithm_is_the_keys, needs_document=True),
    Step(3, signature_fits, needs_document=True),
    Step(4, document_is_of_subject, needs_document=True),
    Step(5, valid_already),
    Step(5, not_expired),
    Step(5, issued_in_the_past),
    Step(5, lives_shortly),
    Step(6, jti_is_storable),
)
_UNRESOLVED: Final = tuple(step.check for step in STEPS if not step.needs_document)


def _verify_by(steps: tuple[Step, ...], attempt: Attempt) -> SelfIssuedIdToken:
    for step in steps:
        step.check(attempt)
    claims = attempt.token.claims
    return SelfIssuedIdToken(
        did=claims["sub"],
        key_id=attempt.key_id,
        jti=str(claims.get("jti")),
        issued_at=_moment(attempt, "iat"),
        expires=_moment(attempt, "exp"),
        access_token=claims.get("token"),
    )


def _check_subject(claims: dict[str, Any]) -> None:
    sub = claims.get("sub")
    if not isinstance(sub, str):
        _refuse_at(3, Phrase("errors.told.token.sub", sub=shown(sub)))
    try:
        did_web_url(sub, allow_http=False)
    except MalformedMessageError as error:
        _refuse_at(3, Phrase("errors.told.token.unresolved", why=error.said()))


def _moment(attempt: Attempt, name: str) -> datetime:
    """Return a NumericDate claim that must be there."""
    token = attempt.token
    if name not in token.moments:
        moment = numeric_date(token.claims, name, step="DCP 1.0 §4.3.3 step 5")
        if moment is None:
            _refuse_at(5, Phrase("errors.told.token.no-seconds", name=name))
        token.moments[name] = moment
    return token.moments[name]


def _refuse_at(number: int, reason: Fact) -> NoReturn:
    refuse(f"DCP 1.0 §4.3.3 step {number}", reason)
