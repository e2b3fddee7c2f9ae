"""A JWS in compact form: taken apart, signed by us, and the checks of its header.

`read_jws` believes nothing; what signed it is the caller's to find out, by `signer` and
`check_signature`. The header never chooses the key: a `jwk`, `jku` or `x5u` refuses, and a chain in
`x5c` says nothing that is looked at.
Spec: RFC 7515 §3.1 and §4.1; RFC 8725 §3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import msgspec

from faifo.errors import Fact, MalformedMessageError, NotProvenError, either
from faifo.messages.strict_json import parse_object
from faifo.phrases import Phrase
from faifo.trust import base64url
from faifo.trust.keys import ALGORITHMS, ES256, SAME, PublicKey, SigningKey

SHAPE: Final = "RFC 7515 §3.1"
# Each of these lets the sender choose the key, or asks for rules that are not kept here.
FORBIDDEN_HEADERS: Final = ("jwk", "jku", "x5u", "crit")
# The algorithms that are allowed, in words.
ONE_OF: Final = either(ALGORITHMS)
# The last second of the year 9999: what a datetime can hold.
_LAST_SECOND: Final = 253402300799
_NUMBERS: Final = (int, float)  # a boolean is none


class Jws(msgspec.Struct, frozen=True, kw_only=True):
    """A JWS taken apart. Nothing in it is proven."""

    text: str
    header: dict[str, Any]
    payload: dict[str, Any]
    signed_part: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        """The `kid`, or an empty text where it is none."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else ""

    @property
    def signer(self) -> str:
        """The DID in the `kid`, or an empty text where the `kid` is not a DID URL."""
        did, hash_sign, name = self.key_id.partition("#")
        return did if hash_sign and name else ""


def read_jws(text: str, *, what: Fact, limit: int, step: str = SHAPE) -> Jws:
    """Return the parts of `text`; `what` names it in errors.

    Raises:
        NotProvenError: longer than `limit` bytes, or not a JWS with an object in it.
    """
    if len(text) > limit or len(text.encode("utf-8", "replace")) > limit:
        refuse(step, Phrase("errors.told.jws.long", what=what, limit=limit))
    parts = text.split(".")
    if len(parts) != 3:
        refuse(step, Phrase("errors.told.jws.parts", what=what, parts=len(parts)))
    return Jws(
        text=text,
        header=_object("header", what, parts[0], step),
        payload=_object("payload", what, parts[1], step),
        signed_part=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=_decoded("signature", what, parts[2], step),
    )


def write_jws(payload: dict[str, Any], *, key: SigningKey, typ: str) -> str:
    """Return `payload` signed with `key`."""
    header = {"alg": ES256, "kid": key.id, "typ": typ}
    head, body = (base64url.encode(msgspec.json.encode(part)) for part in (header, payload))
    signed = f"{head}.{body}"
    return f"{signed}.{base64url.encode(key.sign(signed.encode('ascii')))}"


def check_header(jws: Jws, *, step: str) -> None:
    """Raise NotProvenError if the header chooses the key, or an algorithm that is not allowed."""
    for name in FORBIDDEN_HEADERS:
        if name in jws.header:
            refuse(step, Phrase("errors.told.jws.forbidden", name=name))
    alg = jws.header.get("alg")
    if algorithm(alg) is None:
        refuse(step, Phrase("errors.told.jws.alg", alg=shown(alg), algorithms=ONE_OF))


def check_signature(jws: Jws, key: PublicKey, *, step: str) -> None:
    """Raise NotProvenError unless `key` made the signature, by its own algorithm."""
    alg = jws.header.get("alg")
    if algorithm(alg) not in {None, key.algorithm}:
        refuse(
            step,
            Phrase("errors.told.jws.key-alg", alg=shown(alg), key=key.id, algorithm=key.algorithm),
        )
    try:
        key.verify(jws.signature, jws.signed_part)
    except NotProvenError as error:
        refuse(step, error.reason)


def algorithm(alg: object) -> str | None:
    """Return the one name of an allowed algorithm, of which RFC 9864 has another; else None."""
    return SAME.get(alg) if isinstance(alg, str) else None


def numeric_date(payload: dict[str, Any], name: str, *, step: str) -> datetime | None:
    """Return a NumericDate claim (RFC 7519 §2), None where there is none."""
    if name not in payload:
        return None
    value = payload[name]
    if type(value) not in _NUMBERS or not 0 <= value <= _LAST_SECOND:
        refuse(step, Phrase("errors.told.jws.seconds", name=name, value=shown(value)))
    return datetime.fromtimestamp(value, UTC)


def shown(value: object) -> str:
    """Return `value` for an error, shortened."""
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def refuse(step: str, reason: Fact) -> NoReturn:
    raise NotProvenError(step=step, reason=reason)


def _object(name: str, what: Fact, part: str, step: str) -> dict[str, Any]:
    try:
        return parse_object(_decoded(name, what, part, step))
    except MalformedMessageError as error:
        refuse(step, Phrase(f"errors.told.jws.{name}", what=what, why=error.what))


def _decoded(name: str, what: Fact, part: str, step: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        refuse(step, Phrase(f"errors.told.jws.{name}", what=what, why=error.args[0]))
