"""Status lists: one bit for each credential, set when it is revoked or suspended.

Reading is bounded: a list unpacks to at most `MAX_BYTES`, whatever it says about itself. Which
looseness is accepted beside the specifications stands in `StatusRules`, all of it off by default.
Spec: StatusList2021 §4 and §5, Bitstring Status List 1.0 §2.2 and §3.2; dsp-dcp.md 3.5.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.terms import alone
from faifo.messages.strict_json import parse_object
from faifo.phrases import Phrase
from faifo.trust.dcp.instants import read_instant
from faifo.trust.jws import Jws, numeric_date, read_jws, refuse, shown

STEP: Final = "DCP 1.0 §5.4.3 step 6"
MIN_BITS: Final = 131_072
MAX_BYTES: Final = 1024 * 1024
MAX_ENCODED: Final = 2 * MAX_BYTES
GZIP: Final = 31
"""What zlib calls the form of gzip (RFC 1952), with a window of 32 KiB."""
PURPOSES: Final = ("revocation", "suspension")
HARMLESS: Final = "refresh"
"""Says that a newer credential can be had, and nothing against this one (Bitstring §2.1)."""
_SUBJECTS: Final = ("StatusList2021", "BitstringStatusList")


class StatusRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier insists on. Whatever is switched off here is unsafe.

    `signed`: the list is a credential signed by the issuer of what it is about. `minimum_bits`: a
    shorter list tells who asked about whom. `matched`: entry and list are of the profile's kind.
    """

    signed: bool = True
    minimum_bits: int = MIN_BITS
    matched: bool = True


class StatusEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bit of a credential is."""

    type: str
    purpose: str
    index: int
    url: str


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was read. `jws` is None for one that is no JWT.

    `document` is then the JSON, if it has an embedded proof; without one nobody signed it.
    """

    url: str
    type: str
    issuer: str
    purposes: tuple[str, ...]
    bits: bytes
    valid_from: datetime | None
    valid_until: datetime | None
    jws: Jws | None
    document: dict[str, Any] | None = None

    def is_set(self, index: int) -> bool:
        """Tell the bit at `index`; bit 0 is the most significant one of the first byte."""
        return bool(self.bits[index // 8] >> (7 - index % 8) & 1)

    def __len__(self) -> int:
        return len(self.bits) * 8


def read_status_list(body: bytes, *, url: str) -> StatusList:
    """Return the status list in `body`: a JWT (VCDM 1.1 or 2.0), or plain JSON, which is unsigned.

    Raises:
        NotProvenError: it cannot be read, or is over a limit.
    """
    if len(body) > MAX_ENCODED:
        refuse(STEP, Phrase("errors.told.status.long", url=url, most=MAX_ENCODED))
    jws = None
    try:
        text = body.decode("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if text.startswith("{") or not text:
        try:
            credential: Any = parse_object(body)
        except MalformedMessageError as error:
            refuse(STEP, Phrase("errors.told.status.unreadable", url=url, what=error.what))
    else:
        jws = read_jws(
            text, what=Phrase("errors.told.jws.noun.status-list", url=url), limit=MAX_ENCODED
        )
        credential = jws.payload.get("vc", jws.payload)
    if not isinstance(credential, dict):
        refuse(STEP, Phrase("errors.told.status.no-credential", url=url))
    return _from_credential(credential, jws, url)


def _from_credential(credential: dict[str, Any], jws: Jws | None, url: str) -> StatusList:
    subject = alone(credential.get("credentialSubject"))
    kind = alone(subject.get("type")) if isinstance(subject, dict) else None
    if not isinstance(subject, dict) or kind not in _SUBJECTS:
        refuse(STEP, Phrase("errors.told.status.about", url=url, kind=shown(kind)))
    claims = jws.payload if jws else {}
    # VCDM 1.1 §6.3.1: `iss` may stand for it.
    issuer = credential.get("issuer", claims.get("iss"))
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    _check_size(subject)
    purpose = subject.get("statusPurpose", "revocation")
    purposes = purpose if isinstance(purpose, list) else [purpose]
    if not all(isinstance(one, str) for one in purposes):
        refuse(STEP, Phrase("errors.told.status.has-purpose", url=url, purpose=shown(purpose)))
    begin = read_instant(credential, ("validFrom", "issuanceDate"), STEP)
    end = read_instant(credential, ("validUntil", "expirationDate"), STEP)
    return StatusList(
        url=url,
        type=str(kind),
        issuer=str(issuer),
        purposes=tuple(purposes),
        bits=decode_list(subject.get("encodedList"), url=url),
        valid_from=_latest(begin, numeric_date(claims, "nbf", step=STEP)),
        valid_until=_earliest(end, numeric_date(claims, "exp", step=STEP)),
        jws=jws,
        document={**credential, "credentialSubject": subject}
        if jws is None and "proof" in credential
        else None,
    )


def decode_list(encoded: object, *, url: str) -> bytes:
    """Return the bits in `encoded`: GZIP in base64, base64url, or multibase `u`.

    Raises:
        NotProvenError: none of these, or it unpacks to more than `MAX_BYTES`.
    """
    if not isinstance(encoded, str) or not encoded:
        refuse(STEP, Phrase("errors.told.status.no-encoded", url=url))
    # GZIP begins with 1f 8b 08, which is `H4sI` in base64: so a leading `u` is the multibase's.
    text = encoded[1:] if encoded.startswith("u") else encoded
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        refuse(STEP, Phrase("errors.told.status.not-base64", url=url))
    unpacking = zlib.decompressobj(wbits=GZIP)
    try:
        bits = unpacking.decompress(packed, MAX_BYTES + 1)
    except zlib.error:
        refuse(STEP, Phrase("errors.told.status.not-gzip", url=url))
    if len(bits) > MAX_BYTES:
        refuse(STEP, Phrase("errors.told.status.unpacks", url=url, most=MAX_BYTES))
    if not unpacking.eof or unpacking.unused_data:
        refuse(STEP, Phrase("errors.told.status.not-whole", url=url))
    return bits


def encode_list(bits: bytes, *, multibase: bool) -> str:
    """Return the `encodedList` of `bits`: base64url, with the prefix `u` for Bitstring lists."""
    packed = zlib.compress(bits, 9, wbits=GZIP)
    return ("u" if multibase else "") + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_entries(credential: Mapping[str, Any]) -> tuple[StatusEntry, ...]:
    """Return the status entries of a credential that may speak against it.

    Raises:
        NotProvenError: one that cannot be understood; not understood is not "in order".
    """
    status = credential.get("credentialStatus")
    entries = status if isinstance(status, list) else [] if status is None else [status]
    if len(entries) > 8:
        refuse(STEP, Phrase("errors.told.status.entries", count=len(entries)))
    return tuple(one for each in entries if (one := _entry(each)))


def _entry(entry: object) -> StatusEntry | None:
    if not isinstance(entry, dict):
        refuse(STEP, Phrase("errors.told.status.entry", entry=shown(entry)))
    kind, purpose = alone(entry.get("type")), entry.get("statusPurpose", "revocation")
    if kind not in ("StatusList2021Entry", "BitstringStatusListEntry"):
        refuse(STEP, Phrase("errors.told.status.kind", kind=shown(kind)))
    if purpose == HARMLESS:  # SPEC-GAP(spec-notes #49)
        return None
    if purpose not in PURPOSES:
        refuse(STEP, Phrase("errors.told.status.entry-purpose", purpose=shown(purpose)))
    _check_size(entry)
    index, url = str(entry.get("statusListIndex")), entry.get("statusListCredential")
    if not (index.isdecimal() and index.isascii() and len(index) <= 8):
        refuse(STEP, Phrase("errors.told.status.index", found=shown(entry.get("statusListIndex"))))
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or len(url) > 2048:
        refuse(STEP, Phrase("errors.told.status.url", url=shown(url)))
    return StatusEntry(type=str(kind), purpose=str(purpose), index=int(index), url=url)


def _check_size(said: Mapping[str, Any]) -> None:
    """Refuse what has more than a bit for a credential: a reader of bits sees another's."""
    size = said.get("statusSize")
    if size not in (None, 1, "1"):
        refuse(STEP, Phrase("errors.told.status.size", size=shown(size)))


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
