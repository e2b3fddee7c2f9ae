"""Access tokens: with one, a verifier that we called may ask our wallet for credentials.

A JWT (RFC 9068) that this node signs for itself, bound to one verifier and its scopes. Its `iss`
and `sub` differ and its `typ` is its own, so it is never taken for a self-issued ID token, nor
that for it. Nothing is stored: what it may do stands in it. Spec: DCP 1.0 §4.3.1, §5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from faifo import clock, ids
from faifo.bounded import Bounded
from faifo.errors import FaifoError, NotProvenError
from faifo.node.custody.keyring import Keyring
from faifo.phrases import Phrase
from faifo.trust import self_issued
from faifo.trust.dcp.scopes import Scope, read_scopes, type_scope
from faifo.trust.jws import check_header, check_signature, numeric_date, read_jws, write_jws
from faifo.trust.keys import KeyPurpose, SigningKey, public_key_from_jwk

TYP = "at+jwt"
LIFETIME = timedelta(minutes=10)
STEP = "access token"
REMEMBERED = 1000


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str
    scope: str


class AccessTokens:
    """Makes them, and reads back what it made.

    `published`: the node's keys of now. One that has been retired since the start signs no longer,
    and another process of this node may have started with a newer one.
    """

    def __init__(
        self,
        *,
        did: str,
        keyring: Keyring,
        published: Callable[[], Iterable[SigningKey]],
        types: tuple[str, ...],
    ) -> None:
        self._did = did
        self._keyring, self._published = keyring, published
        self._scopes = tuple(type_scope(name) for name in types)
        self._made = Bounded[tuple[str, tuple[Scope, ...]], tuple[datetime, str]](REMEMBERED)

    def issue(self, verifier: str, scopes: tuple[Scope, ...] | None = None) -> str:
        """Return a token by which `verifier` may ask for these scopes; by default the node's own.

        One token serves for half of its life: signing one for every message would cost more than
        the message.
        """
        now, granted = clock.now(), self._scopes if scopes is None else scopes
        known = self._made.get((verifier, granted))
        if known and now < known[0]:
            return known[1]
        issued = int(now.timestamp())
        payload = {
            "iss": self._did,
            "sub": verifier,
            "aud": self._did,
            "jti": ids.new_urn(now),
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "scope": " ".join(str(scope) for scope in granted),
        }
        token = write_jws(payload, key=self._keyring.signing(KeyPurpose.TOKEN), typ=TYP)
        self._made[verifier, granted] = (now + LIFETIME / 2, token)
        return token

    def granted(self, token: str | None, *, verifier: str) -> tuple[Scope, ...]:
        """Return the scopes that `token` grants to `verifier`.

        Raises:
            NotProvenError: it is not ours, not for this verifier, or has expired.
        """
        if token is None:
            raise NotProvenError(step=STEP, reason=Phrase("errors.told.access.none"))
        jws = read_jws(
            token,
            what=Phrase("errors.told.jws.noun.access-token"),
            limit=self_issued.MAX_TOKEN_BYTES,
        )
        check_header(jws, step=STEP)
        key = next((key for key in self._published() if key.id == jws.key_id), None)
        if jws.header.get("typ") != TYP or key is None or key.purpose is not KeyPurpose.TOKEN:
            raise NotProvenError(step=STEP, reason=Phrase("errors.told.access.foreign"))
        check_signature(jws, public_key_from_jwk(key.public_jwk(), id=key.id), step=STEP)
        expires = numeric_date(jws.payload, "exp", step=STEP)
        if expires is None or expires <= clock.now():
            raise NotProvenError(step=STEP, reason=Phrase("errors.told.access.expired"))
        try:
            payload = msgspec.convert(jws.payload, _Payload)
            scopes = read_scopes(tuple(payload.scope.split()))
        except (msgspec.ValidationError, FaifoError):
            raise NotProvenError(step=STEP, reason=Phrase("errors.told.access.foreign")) from None
        if payload.iss != self._did or payload.aud != self._did or payload.sub != verifier:
            raise NotProvenError(
                step=STEP, reason=Phrase("errors.told.access.not-given", verifier=verifier)
            )
        return scopes
