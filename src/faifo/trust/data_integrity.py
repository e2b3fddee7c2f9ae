"""Embedded proofs of the cryptosuite eddsa-rdfc-2022, over JSON-LD whose contexts are bundled.

Nothing is fetched: a context that is not one of `CONTEXTS` refuses. Only a term that a context
defines is signed, so `relied` tells what must stand in the signed statements. Canonicalization is
bounded, for a graph can be made for which it takes for ever.
Spec: VC Data Integrity 1.0 §4, Data Integrity EdDSA Cryptosuites 1.0 §3.2; RDF Dataset
Canonicalization.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from faifo.errors import NotProvenError, SettingsError
from faifo.phrases import Phrase
from faifo.trust.dcp.instants import read_instant
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.jws import instant, refuse, shown
from faifo.trust.keys import SigningKey, base58, from_base58

STEP: Final = "VC Data Integrity 1.0 §4.2"
SUITE: Final = "eddsa-rdfc-2022"
CONTEXTS: Final = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": "ob-3.0.1",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": "ob-3.0.2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "ob-3.0.3",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "ob-extensions",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2",
}
# Nodes without a name that look alike: each further one multiplies the work.
MAX_LOOKS: Final = 500
MAX_ALIKE: Final = 4
LIFECYCLE: Final = frozenset(
    {"validFrom", "validUntil", "statusListIndex", "statusListCredential", "statusPurpose"}
)
_IN_LANGUAGES: Final = frozenset({"name", "description"})
_QUAD: Final = re.compile(r'\S+ <[^>]*?([^/#>]+)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"\S*|\S+)')

_ESCAPED: Final = {"t": "\t", "n": "\n", "r": "\r"}

Relied = Iterable[tuple[str, str]]


def sign_embedded(document: Mapping[str, Any], key: SigningKey, *, now: datetime) -> dict[str, Any]:
    """Return `document` with a proof by `key`, an Ed25519 key of its issuer."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": instant(now),
        "verificationMethod": key.id,
        "proofPurpose": ASSERTION_METHOD,
    }
    data, _ = _hashed(document, proof)
    return {**document, "proof": {**proof, "proofValue": "z" + base58(key.sign(data))}}


def verify_embedded(
    document: Mapping[str, Any],
    issuer: DidDocument,
    *,
    now: datetime,
    relied: Relied = (),
) -> None:
    """Return if `document` has a proof by a key that its issuer lists for assertions.

    Args:
        document: as it came, with its `proof`.
        issuer: the DID document of who must have signed it.
        now: a proof that has expired proves nothing.
        relied: terms and values that must stand in what is signed; of `LIFECYCLE` all that do.

    Raises:
        NotProvenError: it has none, or it does not fit.
        SettingsError: the package that reads JSON-LD is not installed.
    """
    proof = _proof(document)
    method, value = proof["verificationMethod"], proof.get("proofValue")
    key = issuer.method(method, ASSERTION_METHOD)
    ends = read_instant(proof, ("expires",), STEP)
    if ends and ends <= now:
        refuse(STEP, Phrase("errors.told.proof.ended", end=instant(ends)))
    try:
        signature = from_base58(value[1:]) if isinstance(value, str) and value[:1] == "z" else b""
    except ValueError:
        signature = b""
    if len(signature) != 64 or key.algorithm != "EdDSA":
        refuse(STEP, Phrase("errors.told.proof.value", value=shown(value)))
    bare = {name: one for name, one in document.items() if name != "proof"}
    options = {name: one for name, one in proof.items() if name != "proofValue"}
    data, statements = _hashed(bare, options)
    key.verify(signature, data)
    read = set(relied)
    for term, said in read - statements:
        refuse(STEP, Phrase("errors.told.proof.unsigned", term=term, value=said[:80]))
    # The same statements can stand elsewhere in the document, where nobody looks for them.
    for term, said in statements - read:
        if term in LIFECYCLE:
            refuse(STEP, Phrase("errors.told.proof.hidden", term=term, value=said[:80]))


def _proof(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one proof that can be read here."""
    found = document.get("proof")
    proofs = found if isinstance(found, list) else [found]
    fitting = [
        one
        for one in proofs
        if isinstance(one, dict)
        and (one.get("type"), one.get("cryptosuite")) == ("DataIntegrityProof", SUITE)
    ]
    if len(fitting) != 1 or len(proofs) > 8:
        kinds = [
            one.get("cryptosuite") or one.get("type") for one in proofs if isinstance(one, dict)
        ]
        refuse(STEP, Phrase("errors.told.proof.kind", suite=SUITE, found=shown(kinds)))
    proof = fitting[0]
    if proof.get("proofPurpose") != ASSERTION_METHOD:
        refuse(STEP, Phrase("errors.told.proof.purpose", purpose=shown(proof.get("proofPurpose"))))
    if not isinstance(proof.get("verificationMethod"), str) or "previousProof" in proof:
        refuse(STEP, Phrase("errors.told.proof.kind", suite=SUITE, found=shown(sorted(proof))))
    return proof


def _hashed(
    document: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[bytes, frozenset[tuple[str, str]]]:
    """Return what is signed, and the terms and values in it."""
    context = document.get("@context")
    if options.get("@context", context) != context:
        refuse(STEP, Phrase("errors.told.proof.context", context=shown(options["@context"])))
    text = _canonical(document)
    config = _canonical({**options, "@context": context})
    digests = (hashlib.sha256(part.encode()).digest() for part in (config, text))
    return b"".join(digests), frozenset(
        (found[1], _unescaped(found[2] or found[3] or ""))
        for found in map(_QUAD.match, text.splitlines())
        if found
    )


def _unescaped(text: str) -> str:
    # What pyld escapes; other control characters stand as they are.
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text)


def _canonical(document: Mapping[str, Any]) -> str:
    _check_form(document)
    try:
        from pyld import jsonld
        from pyld.canon import URDNA2015
        from pyld.context_resolver import ContextResolver
    except ImportError:
        raise SettingsError(
            what=Phrase("errors.told.proof.package", suite=SUITE),
            expected=Phrase("errors.told.proof.install"),
        ) from None

    class Bounded(URDNA2015):  # type: ignore[misc]
        looks = 0

        def create_hash_to_related(self, name: str, issuer: Any) -> Any:
            found = super().create_hash_to_related(name, issuer)
            self.looks += 1
            if self.looks > MAX_LOOKS or any(len(alike) > MAX_ALIKE for alike in found.values()):
                refuse(STEP, Phrase("errors.told.proof.work"))
            return found

    # A resolver of its own: pyld's shared one may lose terms once another context was used.
    loader: Any = _load
    options = {
        "documentLoader": loader,
        "contextResolver": ContextResolver({}, loader),
        "produceGeneralizedRdf": False,
    }
    try:
        dataset = jsonld.JsonLdProcessor().to_rdf(dict(document), options)
        return str(Bounded().main(dataset, {"format": "application/n-quads"}))
    except NotProvenError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign document does to the reader
        refuse(STEP, Phrase("errors.told.proof.unreadable", why=type(error).__name__))


def _check_form(document: Mapping[str, Any]) -> None:
    """Refuse contexts that are not bundled, keywords of JSON-LD below the top, and terms' IRIs.

    By its IRI a member is signed as the one that readers look for, which then may say anything.
    Of an IRI or a name such as `schema:name` that no context has, no reader here knows anything.
    A name or description may say its language (VCDM 2.0 §11.1): no reader takes that for a text.
    """
    context = document.get("@context")
    names = context if isinstance(context, list) else [context]
    for name in names:
        if not isinstance(name, str) or name not in CONTEXTS:
            refuse(STEP, Phrase("errors.told.proof.context", context=shown(name)))

    def look(value: Any) -> Phrase | None:
        if isinstance(value, dict):
            for name, one in value.items():
                if name.startswith("@"):
                    return Phrase("errors.told.proof.keyword", keyword=shown(name))
                if name in _meanings():
                    return Phrase("errors.told.proof.iri", name=shown(name))
                texts = one if isinstance(one, list) else [one]
                if name in _IN_LANGUAGES and all(map(_in_language, texts)):
                    continue
                wrong = look(one)
                if wrong:
                    return wrong
        elif isinstance(value, list):
            return next(filter(None, map(look, value)), None)
        return None

    wrong = look({name: one for name, one in document.items() if name != "@context"})
    if wrong:
        refuse(STEP, wrong)


def _in_language(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() <= {"@value", "@language", "@direction"}


@cache
def _meanings() -> frozenset[str]:
    """Return the IRIs that stand in the contexts: what their terms mean."""
    found = set()
    waiting: list[Any] = [msgspec.json.decode(_context(name)) for name in CONTEXTS]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and ":" in one:
            found.add(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return frozenset(found)


@cache
def _context(name: str) -> bytes:
    return files("faifo.trust").joinpath(f"contexts/{CONTEXTS[name]}.json").read_bytes()


def _load(url: str, _: object) -> dict[str, Any]:
    if url not in CONTEXTS:
        raise ValueError(url)
    document = msgspec.json.decode(_context(url))
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json",
            "document": document}  # fmt: skip
