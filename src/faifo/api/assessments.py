"""A table of answers that was uploaded: measured here, and made into an AI passport."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from faifo.api.operation import Answer, Order, get, post

Column = Annotated[str, Meta(max_length=200)]


class AssessmentOrder(Order, frozen=True, kw_only=True):
    """What the columns of the table mean, as the options of `faifo ai assess` say it.

    `prediction` and `score` are the answers of a model; without them the data itself is measured.
    No count under `minimum` leaves.
    """

    label: Column = ""
    prediction: Column = ""
    score: Column = ""
    weight: Column = ""
    groups: Annotated[tuple[Column, ...], Meta(max_length=6)] = ()
    favourable: Column = ""
    threshold: float = 0.5
    minimum: Annotated[int, Meta(ge=1, le=1_000_000)] = 10


class Assessment(Answer, frozen=True, kw_only=True):
    """How far an assessment is: `done` of `total` steps, and the `step` that is worked at.

    When it is done, `evidence` and `run_times` are the texts of evidence.json and run.json; when it
    has failed, `why` says so. `signed` is the text of the passport that was made of it.
    """

    upload: str
    name: str
    state: Literal["none", "running", "done", "failed"]
    step: str = ""
    done: int = 0
    total: int = 0
    why: str = ""
    evidence: str | None = None
    run_times: str | None = None
    signed: str | None = None


class PassportOrder(Order, frozen=True, kw_only=True):
    """A description as `faifo ai passport make` takes it, and whether this node signs."""

    about: dict[str, Any]
    sign: bool = False


class PassportDraft(Answer, frozen=True, kw_only=True):
    """A passport, not signed yet, as JSON; `signed` is its envelope if it was."""

    passport: str
    sha256: str | None = None
    signed: str | None = None


BEGIN_ASSESSMENT = post(
    "beginAssessment",
    "/uploads/{id}/assessment",
    "measure an uploaded table in a process of its own, one at a time; what was measured before is"
    " replaced",
    Assessment,
    AssessmentOrder,
    (404, 409),
    statuses=(201,),
)
GET_ASSESSMENT = get(
    "getAssessment",
    "/uploads/{id}/assessment",
    "how far the assessment of an uploaded table is, or what it found",
    Assessment,
)
MAKE_PASSPORT = post(
    "makePassport",
    "/uploads/{id}/passport",
    "make an AI passport of what was measured of an uploaded table, and sign it with this node's"
    " key if that is asked",
    PassportDraft,
    PassportOrder,
    (404, 409),
)
