"""Keys to prove what a participant has signed, as its DID document names them now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from faifo import clock
from faifo.errors import NotProvenError
from faifo.node.outward.resolver import Resolver
from faifo.phrases import Phrase
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.keys import AnyKey, PublicKey

R = TypeVar("R")
KeyOf = Callable[[str], PublicKey | AnyKey]


async def proven(resolver: Resolver, did: str, prove: Callable[[KeyOf], R], *, party: str) -> R:
    """Return what `prove` gives with the keys of `did`; they are looked at anew before it fails.

    `party` is who we talk with: of himself a fresh document is fetched at once, of others only if
    the last look is some seconds old, so that nobody makes this node ask them again and again.

    Raises:
        NotProvenError: not with the keys that its document names now either.
    """
    document = await resolver.resolve(did)
    try:
        return prove(keys_of(document))
    except NotProvenError:
        # The signer may have a key that we have not seen yet.
        since = clock.now() if did == party else None
        newer = await resolver.resolve(did, fresh=True, since=since)
        if newer == document:
            raise
        return prove(keys_of(newer))


def keys_of(document: DidDocument) -> KeyOf:
    """Return what finds a key of the document by its id; for "", one that tries all of them.

    It raises NotProvenError for a key of somebody else, or one that is not for assertions.
    """

    def find(key_id: str) -> PublicKey | AnyKey:
        if not key_id:
            return document.listed(ASSERTION_METHOD)
        if not key_id.startswith(f"{document.id}#"):
            raise NotProvenError(
                step="issuer",
                reason=Phrase(
                    "errors.told.passport.not-of", key_id=key_id[:200], provider=document.id
                ),
            )
        return document.method(key_id, ASSERTION_METHOD)

    return find
