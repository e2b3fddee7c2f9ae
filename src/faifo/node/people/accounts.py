"""Local accounts of people: a name, a role, and an Ed25519 key that only the passphrase opens.

The key is made here and never leaves this node; while it is sealed nobody signs in that name, the
node's own administrator included. Wrong passphrases are answered ever later.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from faifo import clock
from faifo.ai.oversight import PersonKey, public_text
from faifo.ai.signatory import Signatory
from faifo.errors import BusyError, ConflictError, NotFoundError, NotProvenError, RefusedError
from faifo.node.custody.sealing import seal, unseal
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import Account, PersonRole
from faifo.trust.keys import key_id

FREE_TRIES: Final = 3
FIRST_LOCK: Final = timedelta(seconds=30)
LONGEST_LOCK: Final = timedelta(minutes=15)
# Opening takes 64 MiB for a moment: one at a time, and few that wait.
WAITING_AT_ONCE: Final = 8


class Present(NamedTuple):
    """A person who has given the passphrase: who, and the key to sign with."""

    signatory: Signatory
    key: PersonKey


class Accounts:
    """The use cases."""

    def __init__(self, *, did: str, store: Store) -> None:
        self._did = did
        self._store = store
        self._opening = asyncio.Lock()
        self._waiting = 0

    async def add(self, name: str, role: PersonRole, passphrase: str) -> Account:
        """Make an account with a key of its own.

        Raises:
            ConflictError: there is one of that name.
        """
        name, now = plain_name(name), clock.now()
        key = Ed25519PrivateKey.generate()
        number = await self._store.read(lambda tx: _next(tx, name))
        account = Account(
            id=f"person-{number}",
            name=name,
            role=role,
            public_key=public_text(key),
            sealed=b"",
            created=now,
        )
        sealed = await asyncio.to_thread(
            seal, key.private_bytes_raw(), passphrase, about=_about(account)
        )

        async def keep(tx: Transaction) -> Account:
            await _next(tx, name)
            await noted(tx, "person-added", account, now)
            return await tx.accounts.put(account, sealed=sealed)

        return await self._store.run(keep)

    async def remove(self, tx: Transaction, name: str, *, now: datetime) -> Account:
        """Close an account: its key is forgotten, its name and public key stay in the books.

        Raises:
            NotFoundError: there is none of that name.
        """
        account = await open_account(tx, plain_name(name))
        await noted(tx, "person-removed", account, now)
        return await tx.accounts.put(account, removed=now, sealed=b"", passkeys=())

    async def role(self, name: str, by: str | bytes) -> PersonRole | None:
        """Return the role of an account; None if there is none of that name with this key.

        `by`: its public key, or the id of a passkey of it.
        """
        account = await self._store.read(lambda tx: tx.accounts.first(name=name, removed=None))
        if account is None:
            return None
        known = by == account.public_key or any(by == one.id for one in account.passkeys)
        return account.role if known else None

    async def present(
        self, name: str, passphrase: str, *, roles: Collection[PersonRole]
    ) -> Present:
        """Return the person, who has proven to be there.

        Raises:
            NotProvenError: no such account, or another passphrase; both sound alike.
            RefusedError: the role is none of `roles`.
            BusyError: too many wrong passphrases, or too many at once.
        """
        if self._waiting >= WAITING_AT_ONCE:
            raise BusyError(what=Phrase("errors.told.people.at-once"), seconds=5)
        self._waiting += 1
        try:
            async with self._opening:
                return await self._present(plain_name(name), passphrase, roles)
        finally:
            self._waiting -= 1

    async def present_where_needed(
        self, name: str, passphrase: str, *, roles: Collection[PersonRole]
    ) -> Present | None:
        """Return the person; None where nobody has an account, and a name is but a name.

        Raises as `present`.
        """
        if not await self._store.read(lambda tx: tx.accounts.count(removed=None)):
            return None
        return await self.present(name, passphrase, roles=roles)

    async def _present(self, name: str, passphrase: str, roles: Collection[PersonRole]) -> Present:
        now = clock.now()
        account = await self._store.read(lambda tx: tx.accounts.first(name=name, removed=None))
        left = account.locked - now if account and account.locked else timedelta()
        # One that would last longer was set by a clock that was ahead.
        if timedelta() < left <= LONGEST_LOCK:
            seconds = int(left.total_seconds()) + 1
            raise BusyError(what=Phrase("errors.told.people.wrong-often"), seconds=seconds)
        # Who has no account waits as long as who has one.
        about = b"" if account is None else _about(account)
        sealed = bytes(64) if account is None else account.sealed
        opened = await asyncio.to_thread(unseal, sealed, passphrase, about=about)
        if account is not None:
            await self._store.run(lambda tx: _tried(tx, account.id, now, good=opened is not None))
        if account is None or opened is None:
            raise NotProvenError(step="passphrase", reason=Phrase("errors.told.people.wrong"))
        if account.role not in roles:
            raise RefusedError(
                what=Phrase("errors.told.people.role", name=name, role=account.role.value),
                reasons=(Phrase("errors.told.people.roles", roles=", ".join(sorted(roles))),),
            )
        signatory = Signatory(
            name=account.name,
            role=account.role.value,
            key_id=key_id(self._did, account.id),
            public_key=account.public_key,
        )
        key = Ed25519PrivateKey.from_private_bytes(opened)
        return Present(signatory, PersonKey(signatory.key_id, key))


def plain_name(name: str) -> str:
    """Return a name as it is compared: Unicode NFC, single spaces."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


async def _next(tx: Transaction, name: str) -> int:
    """Return the number of the next account; raises ConflictError where the name is taken."""
    if await tx.accounts.first(name=name, removed=None):
        raise ConflictError(
            what=Phrase("errors.told.people.there", name=name),
            advice=Phrase("errors.told.people.other-name"),
        )
    return await tx.accounts.count() + 1


async def open_account(tx: Transaction, name: str) -> Account:
    """Return the account of that name; raises NotFoundError."""
    account = await tx.accounts.first(name=name, removed=None)
    if account is None:
        raise NotFoundError(what=Phrase("errors.told.thing.account"), name=name)
    return account


async def _tried(tx: Transaction, name: str, now: datetime, *, good: bool) -> None:
    account = await tx.accounts.get(name)
    if account is None or (good and not account.failures):
        return
    failures = 0 if good else account.failures + 1
    over = failures - FREE_TRIES
    pause = min(FIRST_LOCK * 2 ** min(over, 10), LONGEST_LOCK) if over >= 0 else None
    locked = now + pause if pause else None
    await tx.accounts.put(account, failures=failures, locked=locked)


def _about(account: Account) -> bytes:
    """Return what is sealed together with the key, so that neither can be put elsewhere."""
    return msgspec.json.encode([account.id, account.name, account.role, account.public_key])


async def noted(tx: Transaction, event: str, account: Account, now: datetime) -> None:
    """Write into the journal what was done with an account."""
    detail = {"person": account.name, "role": account.role.value, "key": account.id}
    await happened(tx, event, now, None, detail)
