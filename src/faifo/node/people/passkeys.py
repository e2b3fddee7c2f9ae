"""Passkeys of people's accounts: a device proves who is there. Spec: WebAuthn Level 3.

A passkey opens the console and nothing else: the key that a person signs with stays sealed by the
passphrase. The device itself asks for a finger, a face or a PIN (user verification), and names the
account, so that nothing is typed. Needs `faifo[passkeys]`.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from typing import Final, NamedTuple

import msgspec

from faifo import clock
from faifo.errors import ConflictError, NotProvenError
from faifo.node.people.accounts import noted, open_account, plain_name
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Account, Passkey

MOST: Final = 10


class Site(NamedTuple):
    """Where a passkey is for: the host's name, and the origin whose pages may use it."""

    host: str
    origin: str


class Passkeys:
    """The use cases. A `challenge` is what `Sessions.challenge` made; its maker checks it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.can = find_spec("webauthn") is not None

    async def to_add(self, site: Site, name: str, challenge: bytes) -> str:
        """Return what a browser needs to make a passkey for an account, as JSON."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        account = await self._store.read(lambda tx: open_account(tx, plain_name(name)))
        options = generate_registration_options(
            rp_id=site.host,
            rp_name="Faifo",
            user_name=account.name,
            # A device keeps one passkey for each of these; two nodes on one machine are one site.
            user_id=account.public_key.encode(),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(one.id) for one in account.passkeys],
        )
        return options_to_json(options)

    async def add(self, site: Site, name: str, challenge: bytes, answer: str) -> None:
        """Keep the passkey that a browser has made.

        Raises:
            NotProvenError: it is none for this challenge and site.
            ConflictError: the account has so many already.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError):
            raise not_proven() from None
        key = Passkey(
            id=made.credential_id,
            public_key=made.credential_public_key,
            count=made.sign_count,
            created=clock.now(),
        )

        async def keep(tx: Transaction) -> None:
            account = await open_account(tx, plain_name(name))
            others = [one for one in account.passkeys if one.id != key.id]
            if len(others) >= MOST:
                raise ConflictError(
                    what=Phrase("errors.told.people.passkeys", most=MOST),
                    advice=Phrase("errors.told.people.forget"),
                )
            await noted(tx, "passkey-added", account, key.created)
            await tx.accounts.put(account, passkeys=(*others, key))

        await self._store.run(keep)

    def to_log_in(self, site: Site, challenge: bytes) -> str:
        """Return what a browser needs to ask for a passkey, as JSON."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        verified = UserVerificationRequirement.REQUIRED
        options = generate_authentication_options(
            rp_id=site.host, challenge=challenge, user_verification=verified
        )
        return options_to_json(options)

    async def present(self, site: Site, challenge: bytes, answer: str) -> tuple[Account, bytes]:
        """Return the account whose passkey has answered, and the id of that passkey.

        Raises:
            NotProvenError: no such passkey, not for this challenge and site, or a copied device.
        """
        from webauthn import verify_authentication_response
        from webauthn.helpers import parse_authentication_credential_json
        from webauthn.helpers.exceptions import WebAuthnException

        async def proven(tx: Transaction) -> tuple[Account, bytes]:
            try:
                given = parse_authentication_credential_json(answer)
                account, key = await _holder(tx, given.raw_id)
                shown = verify_authentication_response(
                    credential=given,
                    expected_challenge=challenge,
                    expected_rp_id=site.host,
                    expected_origin=site.origin,
                    credential_public_key=key.public_key,
                    credential_current_sign_count=key.count,
                    require_user_verification=True,
                )
            except (WebAuthnException, ValueError):
                raise not_proven() from None
            seen = msgspec.structs.replace(key, count=shown.new_sign_count)
            keys = tuple(seen if one.id == key.id else one for one in account.passkeys)
            return await tx.accounts.put(account, passkeys=keys), key.id

        return await self._store.run(proven)


async def forget(tx: Transaction, name: str, *, now: datetime) -> Account:
    """Forget all passkeys of an account: a device is lost, or another's now."""
    account = await open_account(tx, plain_name(name))
    await noted(tx, "passkeys-forgotten", account, now)
    return await tx.accounts.put(account, passkeys=())


async def _holder(tx: Transaction, name: bytes) -> tuple[Account, Passkey]:
    for account in await tx.accounts.find(removed=None):
        for key in account.passkeys:
            if key.id == name:
                return account, key
    raise not_proven()


def not_proven() -> NotProvenError:
    """Return what is said of whatever is not right; it tells nobody what was."""
    return NotProvenError(step="passkey", reason=Phrase("errors.told.people.passkey"))
