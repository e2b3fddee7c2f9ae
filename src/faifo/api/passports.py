"""AI passports: judge a partner's before anything is asked of it, withdraw one's own."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from faifo.ai.decision.records import Decision
from faifo.api.operation import (
    ASKING_PROBLEMS,
    PAGING,
    PROVIDER,
    Answer,
    Moment,
    Order,
    Page,
    Parameter,
    Scope,
    Text,
    get,
    post,
)
from faifo.store.records import Taker

Person = Annotated[str, Meta(min_length=1, max_length=200)]
Outcome = Literal["accept", "conditions", "need-more", "refuse"]
Reason = Annotated[str, Meta(min_length=1, max_length=2000)]
Document = Annotated[str, Meta(min_length=1, max_length=262_144)]


class Judgement(Answer, frozen=True, kw_only=True):
    """A decision about a partner's AI passport that is kept; `passport` is the digest of it.

    `taken_by`: the node, by the rules of the pack, or a person. `key` is the management key.
    """

    id: str
    at: Moment
    valid_until: Moment
    provider: str
    dataset: str
    passport: str
    pack: str
    pack_version: str
    outcome: str
    person_must_decide: bool
    taken_by: Taker
    person: str
    key: str


class SignedJudgement(Judgement, frozen=True, kw_only=True):
    """With every reason, and the signed text."""

    decision: Decision
    signed: str


class JudgedPassport(Answer, frozen=True, kw_only=True):
    """What this node decides on a passport. `passes`: whether something may be asked under it.

    `hard`: nobody can lift what speaks against it. `id` and `signed` (the signed text) are None
    where there is no passport, and `passport`, its text, where not everything about it is proven.
    """

    id: str | None
    provider: str
    dataset: str
    taken_by: Taker
    passes: bool
    hard: bool
    decision: Decision
    signed: str | None
    passport: str | None

    @property
    def advice(self) -> tuple[str, ...]:
        """What can be done about a decision that lets nothing through, as codes."""
        if self.passes:
            return ()
        return ("review-hard",) if self.hard else ("review-look", "review-decide")


class PassportRecognition(Answer, frozen=True, kw_only=True):
    """Evidence of an issuer that counts for more in this node's own checks, while in force."""

    id: str
    sha256: str
    issuer: str
    methods: tuple[str, ...]
    counts_as: str
    valid_from: Moment
    valid_until: Moment
    note: str
    withdrawn: bool
    signed: str


class OwnPassport(Answer, frozen=True, kw_only=True):
    """The signed text of the AI passport beside a dataset of this node, and of its withdrawal.

    `status`: valid, withdrawn, …, as the catalog says it.
    """

    dataset: str
    sha256: str
    status: str
    passport: str
    withdrawal: str | None


class Withdrawn(Answer, frozen=True, kw_only=True):
    """The datasets whose passport is withdrawn now, and the recognition, if it was one."""

    sha256: str
    datasets: tuple[str, ...]
    recognition: str | None


class Opinion(Order, frozen=True, kw_only=True):
    """What a person decides about a passport, after it was judged by the pack.

    Where anybody has an account, `person` must be an approver's, and `passphrase` opens the key.
    """

    person: Person
    outcome: Outcome
    reason: Reason
    passphrase: Annotated[str, Meta(max_length=1024)] = ""


class PackChoice(Order, frozen=True, kw_only=True):
    """What is asked of a passport: a pack by its name, or a pack's own TOML."""

    pack: Text = "asean"
    pack_toml: Annotated[str, Meta(max_length=262_144)] | None = None


class PassportQuery(PackChoice, frozen=True, kw_only=True):
    """Which passport, and what is asked of it."""

    node: Text
    dataset: Text


class PassportReview(PassportQuery, frozen=True, kw_only=True):
    """Which passport, what is asked of it, and what a person decides about it, as an `Opinion`."""

    person: Person
    outcome: Outcome
    reason: Reason
    passphrase: Annotated[str, Meta(max_length=1024)] = ""


class RecognitionOrder(Order, frozen=True, kw_only=True):
    """A recognition of an issuer's evidence that this node's key has signed, as text."""

    recognition: Document


class PassportWithdrawal(Order, frozen=True, kw_only=True):
    """A withdrawal of a passport or a recognition that this node's key has signed, as text."""

    withdrawal: Document


CHECK_PASSPORT = post(
    "checkPassport",
    "/passports/check",
    "judge the AI passport of another node's dataset by a policy pack",
    JudgedPassport,
    PassportQuery,
    ASKING_PROBLEMS,
)
REVIEW_PASSPORT = post(
    "reviewPassport",
    "/passports/reviews",
    "keep what a person decides on the AI passport of another node's dataset; what is not proven,"
    " withdrawn or out of its dates cannot be accepted",
    JudgedPassport,
    PassportReview,
    ASKING_PROBLEMS,
    scope=Scope.APPROVE,
)
LIST_JUDGEMENTS = get(
    "listJudgements",
    "/passports/decisions",
    "list what was decided on AI passports of others",
    Page[Judgement],
    query=(*PAGING, Parameter("passport", "the SHA-256 of a passport"), PROVIDER),
)
GET_JUDGEMENT = get(
    "getJudgement",
    "/passports/decisions/{id}",
    "one decision on an AI passport, with its reasons and as it was signed",
    SignedJudgement,
)
GET_OWN_PASSPORT = get(
    "getOwnPassport",
    "/passports/own/{id:path}",
    "the AI passport that stands beside a dataset of this node, as it was signed",
    OwnPassport,
)
KEEP_RECOGNITION = post(
    "keepRecognition",
    "/passports/recognitions",
    "count an issuer's evidence for more in this node's own checks",
    PassportRecognition,
    RecognitionOrder,
    (409, 413),
    scope=Scope.ADMINISTER,
)
LIST_RECOGNITIONS = get(
    "listRecognitions",
    "/passports/recognitions",
    "list whose evidence this node has recognised",
    Page[PassportRecognition],
    query=(*PAGING, Parameter("issuer", "the DID of an issuer")),
)
WITHDRAW_PASSPORT = post(
    "withdrawPassport",
    "/passports/withdrawals",
    "publish the withdrawal of an AI passport or a recognition of this node; the catalog shows it"
    " at once, and running transfers are refused",
    Withdrawn,
    PassportWithdrawal,
    (409, 413),
)
