"""Who may have an incident suspend a passport."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

from faifo import ids
from faifo.ai.decision.records import Decision
from faifo.ai.evidence import Artefact
from faifo.ai.passport import dsse, statement
from faifo.node.evidence.suspending import standing_of
from faifo.store.contract import Store, Transaction
from faifo.store.records import Judgement, Taker

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PASSPORT = "0" * 64
US, ISSUER, THIEF = (f"did:web:{name}.example" for name in ("us", "issuer", "thief"))


def judged(provider: str, issuer: str) -> Judgement:
    """Return what is kept of a passport that `provider` showed; `issuer` is "" if unproven."""
    decision = Decision(
        pack="p", pack_version="1", pack_sha256="1" * 64, passport_sha256=PASSPORT, issuer=issuer,
        outcome="accept" if issuer else "refuse", person_must_decide=False, findings=(),
        decided_by=US, decided_at=NOW, valid_until=NOW + timedelta(days=1),
    )  # fmt: skip
    subject = Artefact(name="signed", role="notice", sha256=PASSPORT)
    payload = base64.b64encode(statement.write_statement(statement.DECISION, [subject], decision))
    envelope = {
        "payload": payload.decode(),
        "payloadType": dsse.IN_TOTO,
        "signatures": [{"keyid": f"{US}#passport-1", "sig": "AAAA"}],
    }
    return Judgement(
        id=ids.new_urn(NOW), passport=PASSPORT, pack=decision.pack_sha256, provider=provider,
        dataset="d", at=NOW, valid_until=decision.valid_until, outcome=decision.outcome,
        envelope=json.dumps(envelope), key="", taken_by=Taker.NODE,
    )  # fmt: skip


async def test_who_shows_a_passport_of_another_has_no_standing(store: Store) -> None:
    async def standing(tx: Transaction) -> list[bool | None]:
        return [await standing_of(tx, PASSPORT, who, US) for who in (ISSUER, THIEF)]

    assert await store.read(standing) == [None, None]
    await store.run(lambda tx: tx.judgements.put(judged(THIEF, "")))
    assert await store.read(standing) == [False, False]
    await store.run(lambda tx: tx.judgements.put(judged(ISSUER, ISSUER)))
    assert await store.read(standing) == [True, False]
