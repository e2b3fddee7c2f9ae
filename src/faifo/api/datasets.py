"""What this node publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from faifo.api.operation import (
    PAGING,
    Answer,
    Moment,
    Operation,
    Order,
    Page,
    Parameter,
    Scope,
    Text,
    get,
    post,
)
from faifo.policy.terms import Terms
from faifo.store.records import PersonsContact, SourceKind

PropertyName = Annotated[str, Meta(max_length=200, pattern=r"^[^\s=]+$")]
PropertyValue = (
    Annotated[str, Meta(min_length=1, max_length=500)] | Annotated[int, Meta(ge=-(2**53), le=2**53)]
)
Words = Annotated[str, Meta(min_length=1, max_length=1000)]


class Publication(Order, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be published.

    `location` is an absolute path, an http(s) URL, an object of a store (`s3://bucket/key`), or a
    query (`sql:SELECT …`).
    `terms` say who may use it for what, and who sees it, or `policy` does (ODRL, as in DSP);
    `access` says the latter by itself, where more may see it than may use it, or fewer. `packs`
    are those whose clauses stand in the policy; `citizens`: of how many the data is.
    `credentials` names a file in the node's directory with the headers that a service wants. With
    `tell_caller` the service is told who calls, under which agreement, for which purpose: in
    `plain` fields, or in one `signed` by this node.
    `pass_headers`: more fields of callers that it gets. `passport` is the text of a signed AI
    passport, at most 256 KiB. With `carries`, a kind of exchange, there is no location: notices are
    pushed to who has an agreement about it. With `replace`, what is published under that id becomes
    a further version of it. `contact` (whom to ask), `notice` (a URL) and `appeal` (how to object)
    are given, all three, where it concerns persons. `version`: the one that is to be replaced; if
    somebody else has replaced it meanwhile, nothing is done. `properties` are of one's own making:
    texts or whole numbers by name.
    """

    location: str = ""
    id: Text | None = None
    title: str | None = None
    description: str = ""
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    media_type: str | None = None
    terms: Terms = Terms()
    policy: dict[str, Any] | None = None
    packs: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    citizens: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None
    sensitive: bool = False
    access: Terms | None = None
    credentials: str | None = None
    tell_caller: Literal["", "plain", "signed"] = ""
    pass_headers: Annotated[tuple[Text, ...], Meta(max_length=32)] = ()
    passport: str | None = None
    contact: Words | None = None
    notice: Words | None = None
    appeal: Words | None = None
    carries: Text | None = None
    properties: Annotated[Mapping[PropertyName, PropertyValue], Meta(max_length=32)] = {}
    replace: bool = False
    version: Annotated[int, Meta(ge=1)] | None = None


class Upload(Answer, frozen=True, kw_only=True):
    """A file that is here, for a day, to be published by the `location`."""

    id: str
    name: str
    size: int
    sha256: str
    location: str


class Column(Answer, frozen=True, kw_only=True):
    """A column of a table; its type is a guess from the first lines: number, date or text."""

    name: str
    type: str


class Peek(Answer, frozen=True, kw_only=True):
    """What stands at the beginning of an uploaded table; no columns where it is none.

    `rows` are its lines but the first; None of a file that is too large to count them.
    """

    columns: tuple[Column, ...] = ()
    rows: int | None = None
    first: tuple[tuple[str, ...], ...] = ()


class TermsOrder(Order, frozen=True, kw_only=True):
    """Terms for all that is published and fits: `where` and `search` as in a `CatalogQuery`.

    `access` as in a `Publication`; without it those who may use a dataset see it. With `ask`,
    nothing is changed, and the answer says what fits.
    """

    where: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    search: Annotated[str, Meta(max_length=200)] = ""
    terms: Terms = Terms()
    access: Terms | None = None
    ask: bool = False


class TermsChanged(Answer, frozen=True, kw_only=True):
    """How many datasets fit, and how many of them had other terms and are a new version now.

    `datasets` are the first thousand that fit.
    """

    fitting: int
    changed: int
    datasets: tuple[str, ...]


class Dataset(Answer, frozen=True, kw_only=True):
    """What this node publishes, or did until `withdrawn`; `policy` is its offer's (ODRL).

    `access` is the policy of who sees it, where that is apart.

    `offer_id` is the publication; `version` counts its changes, from 1.
    """

    id: str
    title: str
    offer_id: str
    policy: dict[str, Any]
    access: dict[str, Any] | None
    media_type: str
    published: Moment
    kind: SourceKind
    location: str
    sha256: str | None
    size: int | None
    version: int
    passport_sha256: str | None
    passport_status: str | None
    description: str
    keywords: tuple[str, ...]
    licence: str | None
    properties: dict[str, str | int]
    withdrawn: Moment | None
    persons: PersonsContact | None = None
    carries: str | None
    packs: tuple[str, ...] = ()
    citizens: int | None = None
    sensitive: bool = False


class Trial(Order, frozen=True, kw_only=True):
    """Terms, or a `policy` (ODRL), and `access` as in a `Publication`, that are tried.

    For a `participant` (a DID, a URL, or a trusted name), or for everybody who is trusted. Nothing
    is kept.
    """

    terms: Terms = Terms()
    policy: dict[str, Any] | None = None
    access: Terms | None = None
    participant: Text | None = None
    purpose: Text | None = None
    action: Text = "use"


class Judged(Answer, frozen=True, kw_only=True):
    """The decision for one purpose: its facts with their provenance, and the tree of reasons."""

    purpose: str | None
    permitted: bool
    facts: dict[str, Any]
    reason: dict[str, Any]


class Visibility(Answer, frozen=True, kw_only=True):
    """Whether a partner would see a dataset now, and why; it is seen if one purpose permits.

    Where who sees it has terms of its own, `access` is what they say, and decides. `name` and
    `economy` are the trust file's.
    """

    dataset: str
    participant: str
    name: str
    economy: str
    visible: bool
    trusted: bool
    withdrawn: Moment | None
    judged: tuple[Judged, ...]
    access: Judged | None


class Tried(Answer, frozen=True, kw_only=True):
    """What terms would come to: the policy (ODRL), and who would see it and get it."""

    policy: dict[str, Any]
    partners: tuple[Visibility, ...]


UPLOAD_FILE = Operation(
    "uploadFile",
    ("POST",),
    "/uploads",
    "bring a file that is to be published; the body is the file",
    Upload,
    statuses=(201,),
    problems=(413,),
    query=(Parameter("name", "what the file is called"),),
)
PEEK_UPLOAD = get(
    "peekUpload",
    "/uploads/{id}",
    "the columns, their types, the rows and the first lines of an uploaded table",
    Peek,
    scope=Scope.ACT,
)
GET_VISIBILITY = get(
    "getVisibility",
    "/visibility",
    "why a partner sees a dataset of this node or does not, as decided now",
    Visibility,
    query=(
        Parameter("dataset", "the id of the dataset"),
        Parameter("participant", "a DID, a URL, or a trusted name"),
        Parameter("purpose", "what would be for this purpose alone"),
    ),
    problems=(404,),
)
TRY_TERMS = post(
    "tryTerms",
    "/terms-trials",
    "who would see and get what is published under these terms; nothing is published",
    Tried,
    Trial,
    (404, 413),
    statuses=(200,),
    scope=Scope.READ,
)
PUBLISH_DATASET = post(
    "publishDataset",
    "/datasets",
    "publish a file or a service",
    Dataset,
    Publication,
    (409, 413),
    statuses=(201,),
    keeps=True,
)
LIST_DATASETS = get(
    "listDatasets",
    "/datasets",
    "list what is published or was",
    Page[Dataset],
    query=(
        *PAGING,
        Parameter("offer_id", "the id of its offer"),
        Parameter("search", "only what is published and has these words"),
        Parameter("with_passport", "1: only what is published with an AI passport", most=1),
    ),
)
GET_DATASET = get("getDataset", "/datasets/{id:path}", "one dataset", Dataset)
CHANGE_TERMS = post(
    "changeTerms",
    "/datasets-terms",
    "put all datasets that fit a selector under the same terms, as new versions",
    TermsChanged,
    TermsOrder,
    (),
)
WITHDRAW_DATASET = Operation(
    "withdrawDataset",
    ("DELETE",),
    "/datasets/{id:path}",
    "take a dataset back; every agreement about it ends",
    Dataset,
    problems=(404, 409),
)
