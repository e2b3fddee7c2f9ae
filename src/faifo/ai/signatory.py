"""The person who has signed a decision, as the decision itself names them."""

from __future__ import annotations

import msgspec


class Signatory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`key_id` is `DID#person-…`, `public_key` an Ed25519 key in base64url."""

    name: str
    role: str
    key_id: str
    public_key: str
