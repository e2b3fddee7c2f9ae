# Written by `make reference` from client.py; do not edit.
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import datetime
from faifo.api.authority import Assurance
from faifo.api.authority import Member
from faifo.api.authority import RecognisedAuthority
from faifo.api.catalog import Catalog
from faifo.api.credentials import Credential
from faifo.api.credentials import CredentialOffer
from faifo.api.credentials import CredentialRequest
from faifo.api.datasets import Dataset
from faifo.api.datasets import Publication
from faifo.api.datasets import TermsChanged
from faifo.api.datasets import Trial
from faifo.api.datasets import Visibility
from faifo.api.dues import Due
from faifo.api.guests import Invitation
from faifo.api.guests import Invited
from faifo.api.node import Node
from faifo.api.node import Partner
from faifo.api.node import Timeline
from faifo.api.notices import Notice
from faifo.api.notices import NoticeReport
from faifo.api.notices import WholeNotice
from faifo.api.passports import JudgedPassport
from faifo.api.passports import Judgement
from faifo.api.passports import PassportRecognition
from faifo.api.passports import SignedJudgement
from faifo.api.passports import Withdrawn
from faifo.api.people import Account
from faifo.api.processes import Agreement
from faifo.api.processes import Negotiation
from faifo.api.processes import Token
from faifo.api.processes import Transfer
from faifo.api.receipts import Log
from faifo.api.receipts import Receipt
from faifo.api.reports import AccessReport
from faifo.api.reviews import BookedDecision
from faifo.api.reviews import PersonDecision
from faifo.api.reviews import Review
from faifo.api.reviews import ShownReview
from faifo.api.skills import CheckedBadge
from faifo.api.skills import IssuedBadge
from faifo.api.skills import NewBadge
from faifo.api.status import Status
from faifo.api.stops import Stop
from faifo.api.stops import Stopped
from faifo.api.today import PageLink
from faifo.api.today import Today
from faifo.client.client import ENDS
from faifo.client.client import P
from faifo.client.client import PATIENCE
from faifo.client.client import SETTLING
from faifo.client.download import Downloaded
from faifo.client.download import Progress
from faifo.policy.terms import Terms
from pathlib import Path
from types import TracebackType
from typing import Any

class SyncClient:
    def __init__(self, url: str, key: str) -> None: ...
    @classmethod
    def connect(cls, directory: Path | str | None = None) -> SyncClient: ...
    def __enter__(self) -> SyncClient: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def accept_offer(
        self, negotiation: str, *, accept_terms: tuple[str, ...] = ()
    ) -> Negotiation: ...
    def acknowledge_notice(
        self, name: str, stage: str = "acknowledged", *, person: str = "", text: str = ""
    ) -> WholeNotice: ...
    def add_person(self, name: str, role: str, passphrase: str) -> Account: ...
    def agreement(self, name: str) -> Agreement: ...
    def agreements(self, **narrowed: str) -> Iterator[Agreement]: ...
    def answer_notice(self, name: str, *, person: str, text: str) -> WholeNotice: ...
    def assure(
        self,
        did: str,
        passport: str,
        pack: str = "asean",
        *,
        pack_toml: str | None = None,
        framework: str = "",
        opinion: Mapping[str, str] | None = None,
    ) -> Assurance: ...
    def badges(self) -> tuple[IssuedBadge, ...]: ...
    def book_decision(
        self,
        agreement: str,
        *,
        figures: str,
        answer: str,
        outcome: str = "",
        decided_by: str = "",
        shared_with: Sequence[str] = (),
        transfer: str | None = None,
    ) -> BookedDecision: ...
    def catalog(self, node: str, *, where: Sequence[str] = (), search: str = "") -> Catalog: ...
    def change_terms(
        self,
        *,
        where: Sequence[str] = (),
        search: str = "",
        terms: Terms | None = None,
        access: Terms | None = None,
        ask: bool = False,
    ) -> TermsChanged: ...
    def check_badge(self, badge: str, *, economy: str = "", holder: str = "") -> CheckedBadge: ...
    def check_passport(
        self, node: str, dataset: str, pack: str = "asean", *, pack_toml: str | None = None
    ) -> JudgedPassport: ...
    def close(self) -> None: ...
    def complete(self, transfer: str) -> Transfer: ...
    def counter_offer(self, negotiation: str, terms: Terms) -> Negotiation: ...
    def credential_offers(self) -> tuple[CredentialOffer, ...]: ...
    def credentials(self) -> tuple[Credential, ...]: ...
    def datasets(self, **narrowed: str) -> Iterator[Dataset]: ...
    def decide_member(
        self,
        action: str,
        did: str,
        *,
        reason: str = "",
        claims: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
    ) -> Member: ...
    def decide_review(
        self,
        name: str,
        *,
        person: str,
        passphrase: str,
        outcome: str,
        reason: str,
        shown: ShownReview,
    ) -> ShownReview: ...
    def download(
        self,
        node: str,
        dataset: str,
        target: Path | str | None = None,
        *,
        purpose: str | None = None,
        patience: float = PATIENCE,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Downloaded: ...
    def due_done(self, name: str, note: str = "") -> Due: ...
    def dues(self) -> tuple[Due, ...]: ...
    def end_notice(
        self,
        name: str,
        act: str,
        *,
        person: str = "",
        text: str = "",
        content: Mapping[str, str] | None = None,
    ) -> WholeNotice: ...
    def get_judgement(self, name: str) -> SignedJudgement: ...
    def get_negotiation(self, pid: str) -> Negotiation: ...
    def get_notice(self, name: str) -> WholeNotice: ...
    def get_transfer(self, pid: str) -> Transfer: ...
    def invitations(self, **narrowed: str) -> Iterator[Invitation]: ...
    def invite(
        self, dataset: str, until: datetime, *, count: int | None = None, note: str = ""
    ) -> Invited: ...
    def issue_badge(
        self,
        achievement: Mapping[str, Any],
        *,
        name: str = "",
        email: str = "",
        proof: str = "jose",
    ) -> NewBadge: ...
    def judgements(self, **narrowed: str) -> Iterator[Judgement]: ...
    def keep_recognition(self, recognition: str) -> PassportRecognition: ...
    def lift_stop(self, kind: str, name: str) -> Stop: ...
    def log(self) -> Log: ...
    def members(self) -> tuple[Member, ...]: ...
    def negotiate(
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
    ) -> Negotiation: ...
    def negotiations(self, **narrowed: str) -> Iterator[Negotiation]: ...
    def node(self) -> Node: ...
    def notice_report(
        self, name: str, *, wait: float = 0, stage: str = "acknowledged"
    ) -> NoticeReport: ...
    def notices(self, **narrowed: str) -> Iterator[Notice]: ...
    def open_page(self) -> PageLink: ...
    def partners(self) -> tuple[Partner, ...]: ...
    def pass_notice_on(
        self, name: str, dataset: str, *, to: tuple[str, ...] = ()
    ) -> WholeNotice: ...
    def passport_recognitions(self, **narrowed: str) -> Iterator[PassportRecognition]: ...
    def people(self) -> tuple[Account, ...]: ...
    def person_decisions(self, **narrowed: str) -> Iterator[PersonDecision]: ...
    def publish(self, publication: Publication) -> Dataset: ...
    def push(
        self,
        agreement: str,
        to: str | None = None,
        *,
        authorization: str | None = None,
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer: ...
    def receipts(self, **narrowed: str) -> Iterator[Receipt]: ...
    def recognise(self, did: str, types: Sequence[str], until: datetime) -> RecognisedAuthority: ...
    def recognitions(self) -> tuple[RecognisedAuthority, ...]: ...
    def remove_person(self, name: str) -> Account: ...
    def report_accesses(
        self, by: Sequence[str] = ("partner",), *, limit: int = 1000, **narrowed: str
    ) -> AccessReport: ...
    def request_credentials(
        self, issuer: str, types: Sequence[str], *, profile: str | None = None
    ) -> CredentialRequest: ...
    def resume(self, transfer: str) -> Transfer: ...
    def review_passport(
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
    ) -> JudgedPassport: ...
    def reviews(self, **narrowed: str) -> Iterator[Review]: ...
    def revoke_badge(self, badge: str, *, reason: str = "") -> IssuedBadge: ...
    def revoke_invitation(self, name: str) -> Invitation: ...
    def send_notice(self, **order: Any) -> WholeNotice: ...
    def settle(
        self, process: P, *, patience: float = SETTLING, states: frozenset[str] = ENDS
    ) -> P: ...
    def show_review(self, name: str, lang: str = "en") -> ShownReview: ...
    def start_transfer(
        self,
        agreement: str,
        *,
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer: ...
    def status(self) -> Status: ...
    def stop(self, kind: str, name: str, reason: str = "", *, lasting: bool = True) -> Stopped: ...
    def stops(self) -> tuple[Stop, ...]: ...
    def suspend(self, transfer: str, reason: str = "") -> Transfer: ...
    def terminate(self, transfer: str, reason: str = "") -> Transfer: ...
    def terminate_negotiation(self, negotiation: str, reason: str = "") -> Negotiation: ...
    def timeline(self, name: str) -> Timeline: ...
    def today(self, lang: str = "en") -> Today: ...
    def token(self, name: str, *, renew: bool = False, patience: float = PATIENCE) -> Token: ...
    def transfers(self, **narrowed: str) -> Iterator[Transfer]: ...
    def try_policy(self, trial: Trial) -> Visibility: ...
    def unpublish(self, dataset: str) -> Dataset: ...
    def visibility(
        self, dataset: str, participant: str, *, purpose: str | None = None
    ) -> Visibility: ...
    def withdraw_passport(self, withdrawal: str) -> Withdrawn: ...
