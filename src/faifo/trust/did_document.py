"""DID documents: reading those of others, writing our own.

A `DidDocument` that was read holds the DID that was asked for, at most 64 methods and 64 services,
no two methods with one id, no private key, and absolute ids throughout. A key of a kind that is
not supported does no harm until somebody signs with it.
Spec: DCP 1.0 §4.3.3 steps 3 and 4; DID Core 1.0 §5 (dsp-dcp.md 3.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from faifo.errors import Fact, MalformedMessageError, NotProvenError
from faifo.messages.strict_json import parse_object
from faifo.phrases import Phrase
from faifo.trust.keys import (
    AnyKey,
    KeyPurpose,
    PublicKey,
    SigningKey,
    holds_private_member,
    public_key_from_jwk,
    public_key_from_multibase,
)

AUTHENTICATION: Final = "authentication"
ASSERTION_METHOD: Final = "assertionMethod"
CAPABILITY_INVOCATION: Final = "capabilityInvocation"
RELATIONSHIPS: Final = (AUTHENTICATION, ASSERTION_METHOD, CAPABILITY_INVOCATION)
MAX_METHODS: Final = 64
MAX_SERVICES: Final = 64
READING: Final = "DCP 1.0 §4.3.3 step 3"
MATCHING: Final = "DCP 1.0 §4.3.3 step 4"

_RELATIONSHIP_OF: Final = {
    KeyPurpose.TOKEN: CAPABILITY_INVOCATION,
    KeyPurpose.PRESENTATION: AUTHENTICATION,
    KeyPurpose.CREDENTIAL: ASSERTION_METHOD,
    KeyPurpose.PASSPORT: ASSERTION_METHOD,
    KeyPurpose.BADGE: ASSERTION_METHOD,
}
_SERVICE_MEMBERS: Final = ("id", "type", "serviceEndpoint")


class VerificationMethod(msgspec.Struct, frozen=True, kw_only=True):
    """One method; `key` is None when `unusable` says why it cannot verify here."""

    id: str
    type: str
    key: PublicKey | None
    unusable: Fact = ""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service entry; those without an endpoint that is a text are left out when reading."""

    id: str
    types: tuple[str, ...]
    service_endpoint: str


class DidDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a DID document; `relationships` holds only those that the document has."""

    id: str
    methods: tuple[VerificationMethod, ...]
    relationships: dict[str, tuple[str, ...]]
    services: tuple[Service, ...]

    def key(self, kid: str) -> PublicKey:
        """Return the key of the method `kid` (absolute), whatever it may be used for.

        Raises:
            NotProvenError: no such method, or its key is of a kind that is not supported.
        """
        for method in self.methods:
            if method.id == kid:
                break
        else:
            _refuse(Phrase("errors.told.did.no-method", did=self.id, key=kid[:200]))
        if method.key is None:
            _refuse(Phrase("errors.told.did.unusable", key=kid, why=method.unusable))
        return method.key

    def lists(self, kid: str, relationship: str) -> bool:
        return kid in self.relationships.get(relationship, ())

    def listed(self, relationship: str) -> AnyKey:
        """Return all usable keys that the document lists there, for what names none."""
        wanted = self.relationships.get(relationship, ())
        return AnyKey(m.key for m in self.methods if m.key is not None and m.id in wanted)

    def method(self, kid: str, relationship: str, *, unlisted_keys: bool = False) -> PublicKey:
        """Return the key `kid` if the document lists it under `relationship`; raises as `key`.

        With `unlisted_keys` a document that lists none there counts as listing all of its keys, as
        some peers' documents want it (dsp-dcp.md, trap 19).
        """
        key = self.key(kid)
        if unlisted_keys and not self.relationships.get(relationship):
            return key
        if not self.lists(kid, relationship):
            _refuse(
                Phrase("errors.told.did.unlisted", did=self.id, key=kid, relationship=relationship)
            )
        return key

    def endpoint(self, service_type: str, ending: str = "") -> str | None:
        """Return the first endpoint of a service of that type that ends so."""
        found = (s.service_endpoint for s in self.services if service_type in s.types)
        return next((one for one in found if one.endswith(ending)), None)


def read_did_document(body: bytes, *, did: str) -> DidDocument:
    """Return the document in `body`, which was fetched for `did`; the caller bounds the bytes.

    Raises:
        NotProvenError: unreadable, of another DID, over a limit, or with a private key.
    """
    try:
        document = parse_object(body)
    except MalformedMessageError as error:
        _refuse(Phrase("errors.told.did.unreadable", did=did, what=error.what))
    if document.get("id") != did:
        shown = repr(document.get("id"))[:200]
        _refuse(Phrase("errors.told.did.other-id", did=did, id=shown), step=MATCHING)
    entries = _bounded(document, "verificationMethod", MAX_METHODS, did)
    listed = {
        name: _bounded(document, name, MAX_METHODS, did)
        for name in RELATIONSHIPS
        if name in document
    }
    methods = [method for entry in entries if (method := _read_method(entry, did))]
    for entry in (one for part in listed.values() for one in part if isinstance(one, dict)):
        method = _read_method(entry, did)
        if method is not None and method not in methods:
            methods.append(method)
    if len({method.id for method in methods}) != len(methods):
        _refuse(Phrase("errors.told.did.two-methods", did=did))
    return DidDocument(
        id=did,
        methods=tuple(methods),
        relationships={name: tuple(_ids(part, did)) for name, part in listed.items()},
        services=_read_services(document, did),
    )


def write_did_document(
    did: str, keys: Sequence[SigningKey], services: Sequence[Mapping[str, str]]
) -> bytes:
    """Return our DID document, in the strict shape of DCP (dsp-dcp.md, trap 15).

    All of `keys` are published; the caller leaves out those that must no longer be believed. Each
    of `services` has exactly `id`, `type` and `serviceEndpoint`, all texts.

    Raises:
        ValueError: a key of another DID, or a service of another shape.
    """
    for key in keys:
        if not key.id.startswith(f"{did}#"):
            raise ValueError(f"the key {key.id} does not belong to {did}")
    for service in services:
        if sorted(service) != sorted(_SERVICE_MEMBERS):
            raise ValueError(f"a service has exactly id, type and serviceEndpoint: {service}")
    multikey = any(key.purpose is KeyPurpose.BADGE for key in keys)
    document: dict[str, Any] = {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
            *(["https://w3id.org/security/multikey/v1"] if multikey else []),
        ],
        "id": did,
        "verificationMethod": [{"id": key.id, "controller": did, **key.method()} for key in keys],
    }
    for name in RELATIONSHIPS:
        document[name] = [key.id for key in keys if _RELATIONSHIP_OF.get(key.purpose) == name]
    document["service"] = [{name: entry[name] for name in _SERVICE_MEMBERS} for entry in services]
    return msgspec.json.encode(document)


def _read_method(entry: Any, did: str) -> VerificationMethod | None:
    """Return a method, or None for an entry that is none: it must not hide those beside it."""
    if not (
        isinstance(entry, dict)
        and isinstance(entry.get("id"), str)
        and isinstance(entry.get("type"), str)
    ):
        return None
    kid = absolute(entry["id"], did)
    jwk, multibase = entry.get("publicKeyJwk"), entry.get("publicKeyMultibase")
    if isinstance(jwk, dict) and holds_private_member(jwk):
        _refuse(Phrase("errors.told.did.private", did=did, key=kid[:200]))
    key = None
    unusable: Fact = ""
    try:
        # The form says what the key is; types name the same ones differently.
        if isinstance(jwk, dict):
            key = public_key_from_jwk(jwk, id=kid)
        elif isinstance(multibase, str):
            key = public_key_from_multibase(multibase, id=kid)
        else:
            unusable = Phrase("errors.told.did.type", type=entry["type"][:60])
    except ValueError as error:
        unusable = error.args[0]
    return VerificationMethod(id=kid, type=entry["type"], key=key, unusable=unusable)


def _ids(entries: list[Any], did: str) -> Iterator[str]:
    """Return the ids in a relationship: as texts, or of methods that stand there themselves."""
    for entry in entries:
        name = entry.get("id") if isinstance(entry, dict) else entry
        if isinstance(name, str):
            yield absolute(name, did)


def _read_services(document: dict[str, Any], did: str) -> tuple[Service, ...]:
    """Return the services, one for each endpoint: type and endpoint may be sets.

    Spec: DID Core 1.0 §5.4.
    """
    services = []
    for entry in _bounded(document, "service", MAX_SERVICES, did):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            name, types = absolute(entry["id"], did), _texts(entry.get("type"))
            services += [
                Service(id=name, types=types, service_endpoint=endpoint)
                for endpoint in _texts(entry.get("serviceEndpoint"))
            ]
    return tuple(services)


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts in a set, or in one that stands alone."""
    entries = value if isinstance(value, list) else [value]
    return tuple(one for one in entries if isinstance(one, str))


def _bounded(document: dict[str, Any], name: str, limit: int, did: str) -> list[Any]:
    value = document.get(name)
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if len(entries) > limit:
        _refuse(Phrase("errors.told.did.entries", did=did, limit=limit, name=name))
    return entries


def absolute(reference: str, did: str) -> str:
    """Return a DID URL that may be relative to its document."""
    return did + reference if reference.startswith("#") else reference


def _refuse(reason: Fact, *, step: str = READING) -> NoReturn:
    raise NotProvenError(step=step, reason=reason)


def did_key_document(did: str) -> DidDocument:
    """Return the document that a did:key stands for; nothing is fetched.

    Spec: The did:key Method §3.1.

    Raises:
        NotProvenError: its key is of a kind that is not supported.
    """
    name = did.removeprefix("did:key:")
    kid = f"{did}#{name}"
    try:
        key = public_key_from_multibase(name, id=kid)
    except ValueError as error:
        _refuse(Phrase("errors.told.did.unreadable", did=did, what=error.args[0]))
    method = VerificationMethod(id=kid, type="Multikey", key=key)
    return DidDocument(
        id=did, methods=(method,), relationships={ASSERTION_METHOD: (kid,)}, services=()
    )
