"""A partner says that a decision was reversed: what is believed, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from faifo.ai.oversight import Reversal, sign_reversal
from faifo.errors import FaifoError, NotFoundError, NotProvenError
from faifo.machines.role import Role
from faifo.node.custody.keyring import make_key, read_keyring
from faifo.node.people.reversing import keep_reversal, read_reversal
from faifo.store.contract import Store
from faifo.store.records import Agreement
from faifo.trust.keys import KeyPurpose, SigningKey, public_key_from_jwk

BANK, OTHER = "did:web:bank.example", "did:web:other.example"


def signing(folder: Path, did: str, time: Any) -> SigningKey:
    for purpose in (KeyPurpose.TOKEN, KeyPurpose.PASSPORT):
        make_key(folder, purpose, now=time.now)
    return read_keyring(folder, did=did).signing(KeyPurpose.PASSPORT)


def said(time: Any, **changed: Any) -> Reversal:
    told: dict[str, Any] = {
        "id": "urn:r", "decision": "urn:d", "agreement": "urn:a", "dataset": "credit",
        "passport": None, "figures_sha256": "0" * 64, "answer_sha256": "1" * 64,
        "decided_at": time.now, "reversed_by": BANK, "reversed_at": time.now,
    }  # fmt: skip
    return Reversal(**{**told, **changed})


def test_only_the_sender_itself_is_believed(tmp_path: Path, time: Any):
    key = signing(tmp_path / "bank", BANK, time)
    stranger = signing(tmp_path / "other", OTHER, time)
    known = {one.id: public_key_from_jwk(one.public_jwk(), id=one.id) for one in (key, stranger)}
    body = sign_reversal(said(time), key)
    assert read_reversal(body, BANK, known.__getitem__) == said(time)
    forged = (
        (body, OTHER),  # sent on by somebody else
        (sign_reversal(said(time), stranger), BANK),
        (sign_reversal(said(time, reversed_by=OTHER), key), BANK),
        (body.replace(b'"payload"', b'"payIoad"'), BANK),
        (b"{}", BANK),
        (b"[" * 100_000, BANK),
    )
    for wrong, sender in forged:
        with pytest.raises(FaifoError):
            read_reversal(wrong, sender, known.__getitem__)
    changed = msgspec.json.decode(body)
    changed["signatures"][0]["sig"] = changed["signatures"][0]["sig"][:-8] + "AAAAAAA="
    with pytest.raises(NotProvenError):
        read_reversal(msgspec.json.encode(changed), BANK, known.__getitem__)


async def test_it_is_kept_once_and_only_of_the_agreements_own_consumer(store: Store, time: Any):
    agreement = Agreement(
        id="urn:a", role=Role.PROVIDER, provider="did:web:model.example", consumer=BANK,
        dataset="credit", document={}, created=time.now,
    )  # fmt: skip
    await store.run(lambda tx: tx.agreements.put(agreement))
    for record, sender in (
        (said(time), OTHER),
        (said(time, agreement="urn:b"), BANK),
        (said(time, dataset="another"), BANK),
    ):
        with pytest.raises(NotFoundError):
            await store.run(
                lambda tx, one=record, who=sender: keep_reversal(tx, one, who, now=time.now)
            )
    for name in ("urn:r", "urn:again"):
        one = said(time, id=name)
        await store.run(lambda tx, one=one: keep_reversal(tx, one, BANK, now=time.now))
    assert await store.read(lambda tx: tx.journal.count(event="reversal-came")) == 1
