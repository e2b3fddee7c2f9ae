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


async def proven(resolver: Resolver, did: str, prove: Callable[[KeyOf], R], *, caller: str) -> R:
    """Return what `prove` gives with the keys of `did`; they are looked at anew before it fails.

    `caller` is who has proven itself in this very exchange. Its key may have been made for what it
    signed here, so its document is asked for at once; those of others at most every few seconds.

    Raises:
        NotProvenError: not with the keys that its document names now either.
    """
    begun = clock.now()
    document = await resolver.resolve(did)
    try:
        return prove(keys_of(document))
    except NotProvenError:
        # The signer may have a key that we have not seen yet.
        since = begun if did == caller else None
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
