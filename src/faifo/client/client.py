"""`Client`: one method for each thing that a node can be asked to do.

Errors are those of `faifo.errors`, with the sentences that the node made. Waiting is done by long
polls: the node answers when something has changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import quote, unquote

import msgspec

from faifo import api, clock
from faifo.api.assessments import Assessment, AssessmentOrder, PassportDraft
from faifo.api.authority import Assurance, Member, RecognisedAuthority
from faifo.api.catalog import Catalog
from faifo.api.credentials import Credential, CredentialOffer, CredentialRequest
from faifo.api.datasets import Dataset, Publication, TermsChanged, Trial, Tried, Visibility
from faifo.api.dues import Due
from faifo.api.evidence import Erasure
from faifo.api.guests import Invitation, Invited
from faifo.api.node import (
    Backup,
    Backups,
    Introduction,
    Languages,
    Maintenance,
    Node,
    Partner,
    Timeline,
)
from faifo.api.notices import Notice, NoticeReport, WholeNotice
from faifo.api.passports import (
    JudgedPassport,
    Judgement,
    OwnPassport,
    PassportRecognition,
    SignedJudgement,
    Withdrawn,
)
from faifo.api.people import Account
from faifo.api.processes import (
    ENDS,
    Agreement,
    Negotiation,
    Process,
    Token,
    Transfer,
    reached,
    why_failed,
)
from faifo.api.receipts import Log, Receipt
from faifo.api.register import RegisterEntry
from faifo.api.reports import AccessReport
from faifo.api.reviews import BookedDecision, PersonDecision, Review, ShownReview
from faifo.api.skills import CheckedBadge, HeldBadge, IssuedBadge, NewBadge
from faifo.api.status import Status
from faifo.api.stops import Stop, Stopped
from faifo.api.today import PageLink, Today
from faifo.client.asking import IDLE, Asking, path_of
from faifo.client.transport import Answer, Body, Request
from faifo.errors import NotFoundError, PeerError, SettingsError, UnreachableError
from faifo.phrases import Phrase, say
from faifo.policy.terms import Terms
from faifo.register.changes import Change

if TYPE_CHECKING:
    from faifo.client.download import Downloaded, Progress

PATIENCE = 60.0
SETTLING = 5.0
SOON = timedelta(minutes=1)
LONGEST_POLL = 50.0

P = TypeVar("P", bound=Process)


class StillWaitingError(UnreachableError):
    """Our patience is over, the process goes on; `faifo show` tells how it ends."""

    def __init__(self, *, kind: str, process: Process, seconds: float) -> None:
        super().__init__(who=process.peer, reason=Phrase("errors.waiting.reason"))
        self.kind = kind
        self.process = process
        self.seconds = seconds

    def sentence(self, lang: str = "en") -> str:
        process = self.process
        tries = ""
        for row in process.outbox:
            tries += say("errors.waiting.tried", lang, message=row.message, times=row.attempts)
            if row.last_error:
                tries += say("errors.waiting.last", lang, error=why_failed(row.last_error))
        return say(
            "errors.waiting.still",
            lang,
            kind=Phrase(f"errors.{self.kind}"),
            pid=process.pid,
            peer=process.peer,
            state=process.state or Phrase("errors.waiting.unheard"),
            seconds=f"{self.seconds:g}",
            tries=tries,
        )


class Client(Asking):
    """A node's management API.

    Use as `async with Client.connect() as client`, or `async with Client(url, key) as client`;
    `key` is the content of the node's manage.key.
    """

    # ── this node ────────────────────────────────────────────────────────────────────────────

    async def node(self) -> Node:
        """Return who this node is."""
        return await self._ask(api.node.GET_NODE)

    async def partners(self, *, others: bool = False) -> tuple[Partner, ...]:
        """Return the trusted participants, and what is known of them.

        `others`: those, too, with whom there are agreements.
        """
        return (await self._ask(api.node.LIST_PARTNERS, query={"others": int(others)})).items

    async def visibility(
        self, dataset: str, participant: str, *, purpose: str | None = None
    ) -> Visibility:
        """Return whether `participant` (a DID, URL or trusted name) sees a dataset now, and why."""
        query = {"dataset": dataset, "participant": participant}
        if purpose:
            query["purpose"] = purpose
        return await self._ask(api.datasets.GET_VISIBILITY, query=query)

    async def try_terms(self, trial: Trial) -> Tried:
        """Return what terms would allow a partner now, or each; nothing is published."""
        return await self._ask(api.datasets.TRY_TERMS, **msgspec.to_builtins(trial))

    async def publish(self, publication: Publication) -> Dataset:
        """Publish a file or an HTTP API.

        Raises:
            ConflictError: a dataset of that id is published.
            SettingsError: the location may not be published.
        """
        order = msgspec.to_builtins(publication)
        # A large file is hashed first.
        return await self._ask(api.datasets.PUBLISH_DATASET, idle=None, **order)

    async def change_terms(
        self,
        *,
        where: Sequence[str] = (),
        search: str = "",
        terms: Terms | None = None,
        access: Terms | None = None,
        ask: bool = False,
    ) -> TermsChanged:
        """Put all datasets that fit `where` and `search` under the same terms, as new versions.

        With `ask`, only tell which those are.
        """
        order = api.datasets.TermsOrder(
            where=tuple(where), search=search, terms=terms or Terms(), access=access, ask=ask
        )
        said = msgspec.to_builtins(order)
        return await self._ask(api.datasets.CHANGE_TERMS, idle=None, **said)

    async def unpublish(self, dataset: str) -> Dataset:
        """Take a dataset out of the catalog and close it for running transfers."""
        return await self._ask(api.datasets.WITHDRAW_DATASET, dataset)

    async def stop(
        self, kind: str, name: str, reason: str = "", *, lasting: bool = True
    ) -> Stopped:
        """End what stands on a partner, dataset or agreement; refuse it until that is lifted."""
        return await self._ask(api.stops.STOP, kind=kind, name=name, reason=reason, lasting=lasting)

    async def change_agreement(
        self, name: str, action: str, reason: str = "", *, replacement: str | None = None
    ) -> Agreement:
        """`suspend` or `resume` an agreement, or `amend` it: put `replacement` in its place.

        Raises:
            NotFoundError: no such agreement, or no such replacement.
            ConflictError: it is not ours to do, or not now.
        """
        return await self._ask(
            api.processes.CHANGE_AGREEMENT,
            agreement=name,
            action=action,
            reason=reason,
            replacement=replacement,
        )

    async def dues(self) -> tuple[Due, ...]:
        """Return what must be done by a day, and what was: duties and dossiers."""
        return tuple([one async for one in self._all(api.dues.LIST_DUES, {})])

    async def due_done(self, name: str, note: str = "") -> Due:
        """Keep that something was done.

        Raises:
            NotFoundError: there is nothing of that id.
            ConflictError: it was done before.
        """
        return await self._ask(api.dues.DUE_DONE, id=name, note=note)

    async def stops(self) -> tuple[Stop, ...]:
        """Return what is stopped."""
        return (await self._ask(api.stops.LIST_STOPS)).items

    async def lift_stop(self, kind: str, name: str) -> Stop:
        """Refuse it no longer; what has ended stays ended."""
        return await self._ask(api.stops.LIFT_STOP, kind, name)

    async def invite(
        self, dataset: str, until: datetime, *, count: int | None = None, note: str = ""
    ) -> Invited:
        """Make a link for somebody without a node; the answer holds it, this once.

        Raises:
            RefusedError: the terms want what a guest cannot prove.
        """
        return await self._ask(
            api.guests.INVITE, dataset=dataset, until=until, count=count, note=note
        )

    def invitations(self, **narrowed: str) -> AsyncIterator[Invitation]:
        """Yield the invitations, newest first."""
        return self._all(api.guests.LIST_INVITATIONS, narrowed)

    async def revoke_invitation(self, name: str) -> Invitation:
        """End an invitation, and what was agreed by it."""
        return await self._ask(api.guests.REVOKE_INVITATION, name)

    # ── people, and what concerns them ───────────────────────────────────────────────────────

    async def maintenance(self) -> Maintenance:
        """Return since when this node takes nothing from others; no `since` if it does."""
        return await self._ask(api.node.GET_MAINTENANCE)

    async def begin_maintenance(self, reason: str, until: datetime | None = None) -> Maintenance:
        """Take nothing from others until that is ended; they are told why."""
        return await self._ask(api.node.BEGIN_MAINTENANCE, reason=reason, until=until)

    async def end_maintenance(self) -> Maintenance:
        """Deal with others again."""
        return await self._ask(api.node.END_MAINTENANCE)

    async def backups(self) -> Backups:
        """Return the copies of the node that were made, newest first, and where the next goes."""
        return await self._ask(api.node.LIST_BACKUPS)

    async def back_up(self) -> Backup:
        """Copy the whole node to a new folder, while it works."""
        return await self._ask(api.node.MAKE_BACKUP, idle=None)

    async def languages(self) -> Languages:
        """Return the languages of pages and messages, and words that are the same everywhere."""
        return await self._ask(api.node.LIST_LANGUAGES)

    async def introduction(self, node: str = "") -> Introduction:
        """Return who is behind a pairing link, a URL or a DID; without one, this node."""
        return await self._ask(api.node.INTRODUCE, query={"node": node} if node else None)

    async def trust(
        self, node: str, fingerprint: str, *, name: str = "", economy: str = ""
    ) -> Introduction:
        """Trust a participant whose fingerprint a person has compared.

        Raises:
            ConflictError: it has other keys now, or is trusted already.
        """
        order: dict[str, Any] = {"fingerprint": fingerprint, "name": name, "economy": economy}
        return await self._ask(api.node.TRUST_PARTICIPANT, node=node, **order)

    async def add_person(self, name: str, role: str, passphrase: str) -> Account:
        """Make a person's account; `role` as in `faifo.store.records.PersonRole`.

        Raises:
            ConflictError: there is one of that name.
        """
        return await self._ask(api.people.ADD_PERSON, name=name, role=role, passphrase=passphrase)

    async def people(self) -> tuple[Account, ...]:
        """Return the accounts, also those removed."""
        return (await self._ask(api.people.LIST_PEOPLE)).items

    async def remove_person(self, name: str) -> Account:
        """Close an account; what it has signed stays provable."""
        return await self._ask(api.people.REMOVE_PERSON, name)

    async def forget_passkeys(self, name: str) -> Account:
        """Forget all passkeys of an account, such as those of a lost device."""
        return await self._ask(api.people.FORGET_PASSKEYS, name)

    async def book_decision(
        self,
        agreement: str,
        *,
        figures: str,
        answer: str,
        outcome: str = "",
        decided_by: str = "",
        shared_with: Sequence[str] = (),
        transfer: str | None = None,
    ) -> BookedDecision:
        """Book a decision about a person that was made under an agreement.

        The answer holds the reference that the person gets; it is told this once.
        """
        return await self._ask(
            api.reviews.BOOK_DECISION,
            agreement=agreement,
            figures=figures,
            answer=answer,
            outcome=outcome,
            decided_by=decided_by,
            shared_with=shared_with,
            transfer=transfer,
        )

    def person_decisions(self, **narrowed: str) -> AsyncIterator[PersonDecision]:
        """Yield the decisions about persons that are kept, newest first."""
        return self._all(api.reviews.LIST_DECISIONS, narrowed)

    def reviews(self, **narrowed: str) -> AsyncIterator[Review]:
        """Yield what waits for a person, or did, newest first; `state` narrows it."""
        return self._all(api.reviews.LIST_REVIEWS, narrowed)

    def receipts(self, **narrowed: str) -> AsyncIterator[Receipt]:
        """Yield receipts, ours and then theirs; `agreement` or `process` narrows it."""
        return self._all(api.receipts.LIST_RECEIPTS, narrowed)

    async def log(self) -> Log:
        """Return the log of the node, and those of partners as they were seen."""
        return await self._ask(api.receipts.SHOW_LOG)

    async def show_review(self, name: str, lang: str = "en") -> ShownReview:
        """Return what a person sees of it, in a language, and the SHA-256 of that text."""
        return await self._ask(api.reviews.SHOW_REVIEW, name, lang=lang)

    async def decide_review(
        self,
        name: str,
        *,
        person: str,
        passphrase: str,
        outcome: str,
        reason: str,
        shown: ShownReview,
    ) -> ShownReview:
        """Let a person decide on what was shown: `uphold` or `reject`.

        Raises:
            ConflictError: it is decided, or something else would be shown now.
            NotProvenError: no such account, or another passphrase.
        """
        return await self._ask(
            api.reviews.DECIDE_REVIEW,
            name,
            person=person,
            passphrase=passphrase,
            outcome=outcome,
            reason=reason,
            shown_sha256=shown.shown_sha256,
            shown_lang=shown.shown_lang,
        )

    async def today(self, lang: str = "en") -> Today:
        """Return what came, what waits, what was decided and read since midnight (UTC)."""
        return await self._ask(api.today.GET_TODAY, lang=lang)

    async def status(self) -> Status:
        """Return what waits, is stuck, failed or ends soon, and what was read on the last days."""
        return await self._ask(api.status.GET_STATUS)

    async def report_accesses(
        self, by: Sequence[str] = ("partner",), *, limit: int = 1000, **narrowed: str
    ) -> AccessReport:
        """Return who read what, when, for which purpose and how much, as `reportAccesses` does."""
        query = {"by": ",".join(by), "limit": limit, **narrowed}
        return await self._ask(api.reports.GET_ACCESSES, query=query)

    async def open_page(self) -> PageLink:
        """Return a link that opens the console once, in a browser on the same machine."""
        return await self._ask(api.today.OPEN_PAGE)

    async def withdraw_passport(self, withdrawal: str) -> Withdrawn:
        """Publish a signed withdrawal: the catalog shows it, and running transfers are refused.

        Of a recognition: it counts no more.
        """
        return await self._ask(api.passports.WITHDRAW_PASSPORT, withdrawal=withdrawal)

    async def keep_recognition(self, recognition: str) -> PassportRecognition:
        """Have this node count an issuer's evidence as a signed recognition of its own says."""
        return await self._ask(api.passports.KEEP_RECOGNITION, recognition=recognition)

    def passport_recognitions(self, **narrowed: str) -> AsyncIterator[PassportRecognition]:
        """Yield whose evidence this node has recognised, newest first."""
        return self._all(api.passports.LIST_RECOGNITIONS, narrowed)

    def datasets(self, **narrowed: str) -> AsyncIterator[Dataset]:
        """Yield what is published or was, newest first."""
        return self._all(api.datasets.LIST_DATASETS, narrowed)

    def negotiations(self, **narrowed: str) -> AsyncIterator[Negotiation]:
        """Yield the negotiations, in both roles, newest first."""
        return self._all(api.processes.LIST_NEGOTIATIONS, narrowed)

    async def agreement(self, name: str) -> Agreement:
        """Return one agreement."""
        return await self._ask(api.processes.GET_AGREEMENT, name)

    def agreements(self, **narrowed: str) -> AsyncIterator[Agreement]:
        """Yield the agreements, in both roles, newest first."""
        return self._all(api.processes.LIST_AGREEMENTS, narrowed)

    def transfers(self, **narrowed: str) -> AsyncIterator[Transfer]:
        """Yield the transfers, in both roles, newest first."""
        return self._all(api.processes.LIST_TRANSFERS, narrowed)

    async def evidence(self, agreement: str) -> bytes:
        """Return the bundle of evidence about an agreement, a zip, as `faifo verify` takes it."""
        return (await self._ask(api.evidence.MAKE_EVIDENCE, agreement)).content

    async def erase(
        self,
        agreement: str,
        reason: str,
        *,
        process: str | None = None,
        number: int | None = None,
        log: str | None = None,
    ) -> Erasure:
        """Remove what leaves of an agreement stand for; the other side is asked to do likewise.

        `number` is a place in `log`, an origin; without it in the log that is written today.
        """
        order: dict[str, Any] = {
            "agreement": agreement,
            "reason": reason,
            "process": process,
            "place": number,
            "log": log,
        }
        return await self._ask(api.evidence.ERASE, **order)

    async def timeline(self, name: str) -> Timeline:
        """Return what happened with a negotiation, transfer, agreement or dataset."""
        return await self._ask(api.node.GET_TIMELINE, name)

    # ── credentials, and the authority's desk ────────────────────────────────────────────────

    async def credentials(self) -> tuple[Credential, ...]:
        """Return what this node holds."""
        return (await self._ask(api.credentials.LIST_CREDENTIALS)).items

    async def credential_offers(self) -> tuple[CredentialOffer, ...]:
        """Return what issuers have offered to this node, the newest first."""
        return (await self._ask(api.credentials.LIST_CREDENTIAL_OFFERS)).items

    async def request_credentials(
        self, issuer: str, types: Sequence[str], *, profile: str | None = None
    ) -> CredentialRequest:
        """Ask an issuer for credentials; a person there decides."""
        return await self._ask(
            api.credentials.REQUEST_CREDENTIALS, issuer=issuer, types=list(types), profile=profile
        )

    async def members(self) -> tuple[Member, ...]:
        """Return who applied to this authority, is a member, or was one."""
        return (await self._ask(api.authority.LIST_MEMBERS)).items

    async def decide_member(
        self,
        action: str,
        did: str,
        *,
        reason: str = "",
        claims: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
    ) -> Member:
        """Admit, refuse, suspend, revoke or renew a member of this authority."""
        return await self._ask(
            api.authority.DECIDE_MEMBER,
            action=action,
            did=did,
            reason=reason,
            claims=dict(claims or {}),
            types=list(types),
        )

    async def recognitions(self) -> tuple[RecognisedAuthority, ...]:
        """Return the foreign authorities that this one recognises, or did."""
        return (await self._ask(api.authority.LIST_RECOGNISED_AUTHORITIES)).items

    async def recognise(
        self, did: str, types: Sequence[str], until: datetime
    ) -> RecognisedAuthority:
        """Recognise a foreign authority for these credential types; a past date ends it."""
        return await self._ask(
            api.authority.RECOGNISE_AUTHORITY, did=did, types=list(types), until=until
        )

    # ── skills ───────────────────────────────────────────────────────────────────────────────

    async def issue_badge(
        self,
        achievement: Mapping[str, Any],
        *,
        name: str = "",
        email: str = "",
        proof: str = "jose",
    ) -> NewBadge:
        """Issue an Open Badge 3.0 to a person, or to an organisation by its DID.

        Its file is given this once.

        `achievement`: name, description, criteria, days, and alignment to levels of frameworks.
        Of `email` only a salted digest stands in the badge. `proof`: jose, or eddsa-rdfc-2022.
        """
        return await self._ask(
            api.skills.ISSUE_BADGE,
            achievement=dict(achievement),
            name=name,
            email=email,
            proof=proof,
        )

    async def badges(self) -> tuple[IssuedBadge, ...]:
        """Return the badges that this node issued, the newest first."""
        return (await self._ask(api.skills.LIST_BADGES)).items

    async def revoke_badge(self, badge: str, *, reason: str = "") -> IssuedBadge:
        """Revoke a badge for good; raises ConflictError if it is."""
        return await self._ask(api.skills.REVOKE_BADGE, id=badge, reason=reason)

    async def hold_badge(self, badge: str) -> HeldBadge:
        """Keep a badge of this organisation in the wallet, from where it is presented.

        Raises as `check_badge`, and RefusedError or ConflictError: it cannot be presented, or is
        there already.
        """
        return await self._ask(api.skills.HOLD_BADGE, badge=badge)

    async def held_badges(self) -> tuple[HeldBadge, ...]:
        """Return the badges in the wallet."""
        return (await self._ask(api.skills.LIST_HELD_BADGES)).items

    async def check_badge(self, badge: str, *, economy: str = "", holder: str = "") -> CheckedBadge:
        """Prove a badge, and tell what level it is in an economy.

        Raises:
            NotProvenError: forged, expired, revoked, of an issuer that is not recognised here, or
                of another holder than `holder`.
            MalformedMessageError: it is no badge.
        """
        return await self._ask(api.skills.CHECK_BADGE, badge=badge, economy=economy, holder=holder)

    async def register(self) -> tuple[RegisterEntry, ...]:
        """Return the entries of the register with their progress, in this language."""
        return (await self._ask(api.register.GET_REGISTER)).items

    async def register_changes(self, since: date) -> tuple[Change, ...]:
        """Return what changed in the entries of the node and its partners since a day."""
        query = {"since": since.isoformat()}
        return (await self._ask(api.register.GET_REGISTER_CHANGES, query=query)).items

    async def register_catalog(self) -> dict[str, Any]:
        """Return the register as a catalog of DCAT-AP."""
        return await self._ask(api.register.GET_REGISTER_CATALOG)

    async def assure(
        self,
        did: str,
        passport: str,
        pack: str = "asean",
        *,
        pack_toml: str | None = None,
        framework: str = "",
        opinion: Mapping[str, str] | None = None,
    ) -> Assurance:
        """Judge a member's AI passport, and issue a credential about it if it passes.

        `opinion`: the `person` of this authority who decides, its `outcome` and `reason`, and the
        `passphrase` where people have accounts.

        Raises:
            RefusedError: nobody can lift what speaks against it.
            NotFoundError, ConflictError: it is no member in good standing.
        """
        return await self._ask(
            api.authority.ASSURE_PASSPORT,
            did=did,
            passport=passport,
            pack=pack,
            pack_toml=pack_toml,
            framework=framework,
            opinion=opinion,
        )

    # ── other nodes ──────────────────────────────────────────────────────────────────────────

    async def catalog(self, node: str, *, where: Sequence[str] = (), search: str = "") -> Catalog:
        """Return what `node` (a DID, URL or name of the trust file) offers to this node.

        `where`: conditions such as `title contains rice`, all of which must hold; `search`: words
        that must all stand in the texts.
        """
        return await self._ask(
            api.catalog.READ_CATALOG, node=node, where=tuple(where), search=search
        )

    async def begin_assessment(self, upload: str, order: AssessmentOrder) -> Assessment:
        """Begin to measure a table that was uploaded.

        Raises:
            NotFoundError: it is not there.
            ConflictError: another one is measured.
        """
        order_ = msgspec.to_builtins(order)
        return await self._ask(api.assessments.BEGIN_ASSESSMENT, upload, **order_)

    async def assessment(self, upload: str) -> Assessment:
        """Return how far an assessment is, or what it found."""
        return await self._ask(api.assessments.GET_ASSESSMENT, upload)

    async def make_passport(
        self, upload: str, about: Mapping[str, Any], *, sign: bool = False
    ) -> PassportDraft:
        """Return a passport of what was measured; with `sign` this node signs it.

        Raises:
            NotFoundError: nothing was measured.
            SettingsError: the description is incomplete, with the place.
        """
        make = api.assessments.MAKE_PASSPORT
        return await self._ask(make, upload, about=dict(about), sign=sign)

    async def own_passport(self, dataset: str) -> OwnPassport:
        """Return the AI passport beside a dataset of this node, as it was signed."""
        return await self._ask(api.passports.GET_OWN_PASSPORT, dataset)

    async def check_passport(
        self, node: str, dataset: str, pack: str = "asean", *, pack_toml: str | None = None
    ) -> JudgedPassport:
        """Return this node's decision on the AI passport of a dataset: judged anew, and kept."""
        return await self._ask(
            api.passports.CHECK_PASSPORT,
            node=node,
            dataset=dataset,
            pack=pack,
            pack_toml=pack_toml,
        )

    async def review_passport(
        self,
        node: str,
        dataset: str,
        pack: str = "asean",
        *,
        person: str,
        outcome: str,
        reason: str,
        passphrase: str = "",
        pack_toml: str | None = None,
    ) -> JudgedPassport:
        """Keep what a person decides on a passport; `outcome` as in `faifo.ai.decision`.

        Where anybody has an account, `person` must be an approver's, with the passphrase.

        Raises:
            RefusedError: nobody can lift what speaks against it.
        """
        return await self._ask(
            api.passports.REVIEW_PASSPORT,
            node=node,
            dataset=dataset,
            pack=pack,
            pack_toml=pack_toml,
            person=person,
            outcome=outcome,
            reason=reason,
            passphrase=passphrase,
        )

    def judgements(self, **narrowed: str) -> AsyncIterator[Judgement]:
        """Yield what was decided on passports of others, newest first."""
        return self._all(api.passports.LIST_JUDGEMENTS, narrowed)

    async def get_judgement(self, name: str) -> SignedJudgement:
        """Return one decision on a passport, with its reasons and as it was signed."""
        return await self._ask(api.passports.GET_JUDGEMENT, name)

    async def send_notice(self, **order: Any) -> WholeNotice:
        """Send a notice; see `NoticeOrder`. Unless `confirmed`, the answer is what would go out.

        Raises:
            RefusedError: personal data in it, or its marking does not allow this.
            ConflictError: nobody would get it, or its time is over.
        """
        return await self._ask(api.notices.SEND_NOTICE, **order)

    def notices(self, **narrowed: str) -> AsyncIterator[Notice]:
        """Yield what went out, came, or is held, newest first; narrowed as `listNotices` is."""
        return self._all(api.notices.LIST_NOTICES, narrowed)

    async def get_notice(self, name: str) -> WholeNotice:
        """Return a notice with its content, what was said about it, and the signed text."""
        return await self._ask(api.notices.GET_NOTICE, name)

    async def notice_report(
        self, name: str, *, wait: float = 0, stage: str = "acknowledged"
    ) -> NoticeReport:
        """Return who took a notice of this node after how many seconds, and who stayed silent.

        `wait` at most so many seconds until every receiver has come to `stage`, or is silent.
        """
        query = {"wait": int(min(wait, LONGEST_POLL)), "stage": stage}
        return await self._ask(api.notices.GET_REPORT, name, query=query)

    async def pass_notice_on(
        self, name: str, dataset: str, *, to: tuple[str, ...] = ()
    ) -> WholeNotice:
        """Send a partner's notice to our own subscribers of `dataset`.

        Raises:
            RefusedError: its marking does not allow that.
        """
        return await self._ask(api.notices.PASS_ON, name, dataset=dataset, to=to)

    async def acknowledge_notice(
        self, name: str, stage: str = "acknowledged", *, person: str = "", text: str = ""
    ) -> WholeNotice:
        """Say that a person knows of a partner's notice, or what was "acted"."""
        return await self._ask(api.notices.ACKNOWLEDGE, name, stage=stage, person=person, text=text)

    async def end_notice(
        self,
        name: str,
        act: str,
        *,
        person: str = "",
        text: str = "",
        content: Mapping[str, str] | None = None,
    ) -> WholeNotice:
        """Say that a notice of ours is over: cancelled, withdrawn, or closed by a final report."""
        return await self._ask(
            api.notices.END_NOTICE, name, act=act, person=person, text=text, content=content
        )

    async def answer_notice(self, name: str, *, person: str, text: str) -> WholeNotice:
        """Answer a partner's notice that is wrong; the answer travels with it."""
        return await self._ask(api.notices.ANSWER_NOTICE, name, person=person, text=text)

    async def negotiate(
        self,
        node: str,
        dataset: str,
        *,
        purpose: str | None = None,
        offer: str | None = None,
        accept_terms: tuple[str, ...] = (),
        terms: Terms | None = None,
        reuse: bool = True,
        patience: float = PATIENCE,
        watch: Callable[[Negotiation], None] | None = None,
    ) -> Negotiation:
        """Return the FINALIZED negotiation for a dataset.

        With `reuse` it may be an old one whose agreement is in force and fits; with `terms`, an
        offer of one's own, it is a new one. `patience` is in
        seconds; after it the negotiation goes on without us. `watch` sees each revision of it.

        Raises:
            RefusedError: the negotiation was TERMINATED; carries the reasons.
            ConflictError: it waits for a person at this node.
            StillWaitingError: no end in time.
        """
        begun = await self._ask(
            api.processes.BEGIN_NEGOTIATION,
            node=node,
            dataset=dataset,
            purpose=purpose,
            offer=offer,
            accept_terms=accept_terms,
            terms=terms,
            reuse=reuse,
        )
        return await self._wait(begun, "FINALIZED", patience=patience, watch=watch or _nothing)

    async def start_transfer(
        self,
        agreement: str,
        *,
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer:
        """Return a new transfer under `agreement`, STARTED; raises as `negotiate`."""
        begun = await self._ask(api.processes.BEGIN_TRANSFER, agreement=agreement)
        return await self._wait(begun, "STARTED", patience=patience, watch=watch or _nothing)

    async def push(
        self,
        agreement: str,
        to: str | None = None,
        *,
        authorization: str | None = None,
        method: Literal["POST", "PUT"] = "POST",
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer:
        """Have the provider push the data, and return the transfer, COMPLETED; as `negotiate`.

        They go to the address `to` by `method`, with `authorization` as the value of that header
        field; without an address into this node's inbox, from where `fetch` brings them.
        """
        begun = await self._ask(
            api.processes.BEGIN_TRANSFER,
            agreement=agreement,
            push=True,
            push_to=to,
            push_authorization=authorization,
            push_method=method,
        )
        return await self._wait(begun, "COMPLETED", patience=patience, watch=watch or _nothing)

    async def token(self, name: str, *, renew: bool = False, patience: float = PATIENCE) -> Token:
        """Return endpoint and token for a client of one's own; `name`: an agreement or transfer.

        What runs is used as long as its token is good for a minute; otherwise, or with `renew`, a
        new transfer is begun under the agreement. Raises as `negotiate`.
        """
        running, agreement = await self._running(name)
        soon = clock.now() + SOON
        if (
            running
            and not renew
            and (running.token_expires is None or running.token_expires > soon)
        ):
            return await self._ask(api.processes.TAKE_TOKEN, running.pid)
        begun = await self.start_transfer(agreement, patience=patience)
        return await self._ask(api.processes.TAKE_TOKEN, begun.pid)

    async def _running(self, name: str) -> tuple[Transfer | None, str]:
        """Return the transfer that runs under what is called `name`, and the agreement."""
        try:
            known = await self.get_transfer(name)
        except NotFoundError:
            found = self.transfers(agreement=name, role="consumer", state="STARTED")
            return await anext((one async for one in found if one.endpoint), None), name
        running = known.state == "STARTED" and known.role == "consumer"
        return known if running else None, known.agreement or name

    async def download(
        self,
        node: str,
        dataset: str,
        target: Path | str | None = None,
        *,
        purpose: str | None = None,
        patience: float = PATIENCE,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Downloaded:
        """Bring a dataset to a file that is whole and proven: negotiate if need be, and stream.

        `target` is a file or a folder; without it, the file gets the provider's name for it in the
        current folder. A file that is there is kept unless `overwrite`. Raises as
        `faifo.client.download`.
        """
        from faifo.client.download import Wanted, download, place

        wanted = Wanted(
            node=node, dataset=dataset, purpose=purpose, patience=patience, overwrite=overwrite
        )
        if progress is not None:
            wanted = msgspec.structs.replace(wanted, progress=progress)
        return await download(self, wanted, *place(target))

    async def get_negotiation(self, pid: str) -> Negotiation:
        """Return one negotiation as it stands."""
        return await self._ask(api.processes.GET_NEGOTIATION, pid)

    async def get_transfer(self, pid: str) -> Transfer:
        """Return one transfer as it stands, never its token."""
        return await self._ask(api.processes.GET_TRANSFER, pid)

    async def complete(self, transfer: str) -> Transfer:
        """Say that all data have arrived."""
        return await self._ask(api.processes.COMPLETE_TRANSFER, transfer)

    async def terminate(self, transfer: str, reason: str = "") -> Transfer:
        """End a transfer."""
        return await self._ask(api.processes.TERMINATE_TRANSFER, transfer, reason=reason)

    async def suspend(self, transfer: str, reason: str = "") -> Transfer:
        """Pause a transfer."""
        return await self._ask(api.processes.SUSPEND_TRANSFER, transfer, reason=reason)

    async def resume(self, transfer: str) -> Transfer:
        """Start a suspended transfer again."""
        return await self._ask(api.processes.RESUME_TRANSFER, transfer)

    async def terminate_negotiation(self, negotiation: str, reason: str = "") -> Negotiation:
        """End a negotiation."""
        return await self._ask(api.processes.TERMINATE_NEGOTIATION, negotiation, reason=reason)

    async def accept_offer(
        self, negotiation: str, *, accept_terms: tuple[str, ...] = ()
    ) -> Negotiation:
        """Accept the offer that the provider made; returns the negotiation, FINALIZED.

        Raises as `negotiate`.
        """
        said = await self._ask(api.processes.ACCEPT_OFFER, negotiation, accept_terms=accept_terms)
        return await self._wait(said, "FINALIZED", patience=PATIENCE, watch=_nothing)

    async def counter_offer(self, negotiation: str, terms: Terms) -> Negotiation:
        """Answer the other side's proposal with terms of one's own.

        Returns the negotiation: as consumer FINALIZED, as provider once the offer has arrived.

        Raises as `negotiate`.
        """
        said = await self._ask(api.processes.COUNTER_OFFER, negotiation, terms=terms)
        if said.role == "provider":
            return await self.settle(said, states=frozenset({"OFFERED"}))
        return await self._wait(said, "FINALIZED", patience=PATIENCE, watch=_nothing)

    async def settle(
        self, process: P, *, patience: float = SETTLING, states: frozenset[str] = ENDS
    ) -> P:
        """Return `process` once it is in one of `states`, or as it is after `patience` seconds.

        What this node says moves its own state only when the other side has acknowledged it.
        """
        until = clock.monotonic() + patience
        while process.state not in {*states, *ENDS} and (left := until - clock.monotonic()) > 0:
            process = await self._changed(process, left)
        return process

    @asynccontextmanager
    async def call(
        self,
        transfer: str,
        method: str = "GET",
        path: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
    ) -> AsyncIterator[Answer]:
        """Call the provider's endpoint of a STARTED transfer and give its answer as it is.

        `path` is what follows the endpoint, with any query; empty for the endpoint itself.

        Raises:
            SettingsError: the path has dot segments, which would lead out of the transfer.
        """
        below = path if not path or path.startswith(("/", "?")) else f"/{path}"
        _refuse_dots(below)
        target = path_of(api.processes.CALL_DATA, transfer) + quote(below, safe=_PATH_SAFE)
        fields = {**self._spoken, **(headers or {}), "Authorization": self._authorization}
        asked = Request(method, target, fields, body, IDLE)
        async with self._transport.request(asked) as answer:
            yield _readable(answer)

    @asynccontextmanager
    async def fetch(
        self, transfer: str, *, first_byte: int = 0, if_range: str | None = None
    ) -> AsyncIterator[Answer]:
        """Read the data from `first_byte` on; from the start if `if_range` is not its tag any more.

        Spec: RFC 9110 §13.1.5.
        """
        headers = {}
        if first_byte:
            headers["Range"] = f"bytes={first_byte}-"
            if if_range:
                headers["If-Range"] = if_range
        async with self.call(transfer, headers=headers) as answer:
            yield answer

    @asynccontextmanager
    async def read(
        self,
        node: str,
        dataset: str,
        *,
        purpose: str | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
    ) -> AsyncIterator[Answer]:
        """Give the provider's answer for a dataset, by one call: see `fetch` of the API.

        The node uses the agreement and the transfer that are at hand, or makes them. `headers`,
        such as Range, go to the provider.
        """
        order = {"node": node, "dataset": dataset, "purpose": purpose, "patience": patience}
        fields = {**self._spoken, **(headers or {}), "Authorization": self._authorization}
        fields |= {"Content-Type": "application/json"}
        target, body = path_of(api.processes.FETCH), msgspec.json.encode(order)
        asked = Request("POST", target, fields, body, max(IDLE, patience))
        async with self._transport.request(asked) as answer:
            yield _readable(answer)

    # ── the way there ────────────────────────────────────────────────────────────────────────

    async def _wait(
        self, process: P, wanted: str, *, patience: float, watch: Callable[[P], None]
    ) -> P:
        until = clock.monotonic() + patience
        while True:
            watch(process)
            if reached(process, wanted):
                return process
            left = until - clock.monotonic()
            if left <= 0:
                raise StillWaitingError(kind=_kind(process), process=process, seconds=patience)
            process = await self._changed(process, left, settled=watch is _nothing)

    async def _changed(self, process: P, seconds: float, *, settled: bool = False) -> P:
        """Return `process` when it has another revision, or after `seconds`.

        With `settled` revisions on the way are not told: fewer answers that nobody looks at.
        """
        wait = max(1, round(min(seconds, LONGEST_POLL)))
        query = {"wait": wait, "revision": process.revision, **({"settled": 1} if settled else {})}
        get: Any = _GET[type(process)]
        changed: P = await self._ask(get, process.pid, query=query)
        return changed


def _readable(answer: Answer) -> Answer:
    """Return `answer` unless its data are packed: the node has unpacked what it can."""
    coding = answer.headers.get("Content-Encoding", "identity").lower()
    if coding != "identity" and answer.status < 400:
        reason = Phrase("errors.told.packed", coding=coding[:40])
        partner = Phrase("errors.told.the-partner")
        raise PeerError(who=partner, status=answer.status, reasons=(reason,))
    return answer


_PATH_SAFE = "/?:@!$&'()*+,;=-._~%"


_GET = {
    Negotiation: api.processes.GET_NEGOTIATION,
    Transfer: api.processes.GET_TRANSFER,
}


def _kind(process: Process) -> str:
    return "transfer" if isinstance(process, Transfer) else "negotiation"


def _refuse_dots(path: str) -> None:
    segments = unquote(path.partition("?")[0]).replace("\\", "/").split("/")
    if {".", ".."} & set(segments):
        raise SettingsError(
            what=Phrase("errors.told.path.dots", path=str(path)),
            expected=Phrase("errors.told.path.below"),
        )


def _nothing(_: object) -> None:
    """Watch nothing."""
