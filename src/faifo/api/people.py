"""People of this node: their accounts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from faifo.api.operation import Answer, Moment, Operation, Order, Page, Scope, get, post
from faifo.store.records import PersonRole

PersonName = Annotated[str, Meta(min_length=1, max_length=200)]
# NIST SP 800-63B-4 §3.1.1.2: 15 characters where nothing else is asked for.
SHORTEST_PASSPHRASE = 15
Passphrase = Annotated[str, Meta(min_length=SHORTEST_PASSPHRASE, max_length=1024)]


class AccountOrder(Order, frozen=True, kw_only=True):
    """A new account; the passphrase opens its key, and is not kept."""

    name: PersonName
    role: PersonRole
    passphrase: Passphrase


class Account(Answer, frozen=True, kw_only=True):
    """A person's account; `id` is the name of its Ed25519 key, `public_key` in base64url.

    `passkeys`: with how many devices the person may log in to the console.
    """

    id: str
    name: str
    role: PersonRole
    public_key: str
    created: Moment
    removed: Moment | None
    passkeys: int = 0


ADD_PERSON = post(
    "addPerson",
    "/people",
    "make a person's account with a key of its own; only an approver decides what waits",
    Account,
    AccountOrder,
    (409, 413),
    statuses=(201,),
    scope=Scope.ADMINISTER,
)
LIST_PEOPLE = get("listPeople", "/people", "list the accounts, also those removed", Page[Account])
REMOVE_PERSON = Operation(
    "removePerson",
    ("DELETE",),
    "/people/{name:path}",
    "close an account; its key is forgotten, what it has signed stays provable",
    Account,
    problems=(404, 409),
    scope=Scope.ADMINISTER,
)
FORGET_PASSKEYS = Operation(
    "forgetPasskeys",
    ("DELETE",),
    "/passkeys/{name:path}",
    "forget all passkeys of an account, such as those of a lost device",
    Account,
    problems=(404,),
    scope=Scope.ADMINISTER,
)
