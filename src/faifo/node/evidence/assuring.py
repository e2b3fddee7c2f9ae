"""An authority's word about one AI passport: judged by a pack, and issued as a credential.

The passport is proven with the member's own DID document. Nothing is issued unless the judgement
lets it through, by the rules or by a person, and the credential ends with the judgement. A
passport that its maker withdraws is withdrawn, whatever credential stands.
"""

from __future__ import annotations

from typing import NamedTuple

from faifo import clock
from faifo.ai.decision import person
from faifo.ai.decision.pack import Pack
from faifo.ai.evidence import digest
from faifo.ai.passport import statement
from faifo.ai.passport.records import Passport
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.node.evidence.judging import Found, Judging, Opinion
from faifo.node.membership.authority import ASSURED
from faifo.node.membership.issuing import Issuing, standing_of
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Standing

ASSURANCE = "AIAssuranceCredential"
LONGEST = 200


class Assured(NamedTuple):
    """What was decided, and what the credential says; None where none was issued."""

    found: Found
    claims: dict[str, str] | None


class Assuring:
    """The use case of one authority."""

    def __init__(self, *, store: Store, issuing: Issuing, judging: Judging) -> None:
        self._store = store
        self._issuing = issuing
        self._judging = judging

    async def assure(
        self,
        did: str,
        envelope: str,
        pack: Pack,
        opinion: Opinion | None = None,
        *,
        framework: str,
        key: str,
    ) -> Assured:
        """Judge a member's passport, keep the decision, and issue a credential if it passes.

        Args:
            did: the member whose passport it is, and whose wallet gets the credential.
            envelope: the passport's text.
            pack: what is asked.
            opinion: what a person of the authority decides.
            framework: what the credential names as the framework; the pack where empty.
            key: the management key that was used.

        Raises:
            NotFoundError, ConflictError: it is no member, or not in good standing.
            RefusedError: it is to be accepted, and what speaks against it cannot be lifted.
            SettingsError: this authority's schema has no place for what is to be said.
        """
        self._check_schema()
        draft = await self._judging.draft(did, envelope, pack, opinion, key=key, now=clock.now())

        async def work(tx: Transaction) -> Assured:
            await _check_member(tx, did)
            found = await self._judging.settle(tx, draft)
            if not person.passes(found.decision) or found.passport is None or not found.kept:
                return Assured(found, None)
            signed = found.kept.envelope.encode()
            claims = _claims(found.passport, pack, found, framework, decision=digest(signed))
            await self._issuing.issue(
                tx,
                did,
                (ASSURANCE,),
                claims,
                now=draft.at,
                profiles=self._issuing.programme.authority.profiles,
                until=found.decision.valid_until,
            )
            return Assured(found, claims)

        return await self._store.run(work)

    def _check_schema(self) -> None:
        schema = self._issuing.programme.schemas.get(ASSURANCE)
        if schema is None:
            known = ", ".join(one.name for one in self._issuing.programme.authority.type)
            raise SettingsError(
                what=Phrase("errors.told.authority.not-issued", name=ASSURANCE), expected=known
            )
        lacking = [name for name in ASSURED if name not in schema.get("properties", {})]
        if lacking:
            raise SettingsError(
                what=Phrase("errors.told.schema.lacks", name=ASSURANCE, lacking=", ".join(lacking)),
                expected=Phrase("errors.told.schema.properties"),
                advice=Phrase("errors.told.schema.add"),
            )


async def _check_member(tx: Transaction, did: str) -> None:
    member = await tx.members.get(did)
    if member is None or member.status in (Standing.APPLIED, Standing.REFUSED):
        raise NotFoundError(what=Phrase("errors.told.thing.member"), name=did)
    if member.status is not Standing.ACTIVE:
        raise ConflictError(
            what=Phrase("errors.told.member.is", did=did, status=standing_of(member)),
            advice=Phrase("errors.told.member.renew-first"),
        )


def _claims(
    envelope: str, pack: Pack, found: Found, framework: str, *, decision: str
) -> dict[str, str]:
    passport = statement.read_unproven(envelope, statement.PASSPORT, Passport)
    claims = {
        "framework": framework or f"{pack.id} {pack.version}",
        "passportSha256": found.decision.passport_sha256,
        "passportName": passport.name,
        "passportVersion": passport.version,
        "pack": pack.id,
        "packVersion": pack.version,
        "packSha256": pack.sha256,
        "outcome": found.decision.outcome,
        "decisionSha256": decision,
    }
    return {name: value[:LONGEST] for name, value in claims.items()}
