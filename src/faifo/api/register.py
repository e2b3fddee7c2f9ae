"""The register that follows promises, and published labour demand, as this node has them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from faifo.api.operation import Answer, Page, Parameter, get
from faifo.register.changes import Change
from faifo.register.progress import Progress


class RegisterEvidence(Answer, frozen=True, kw_only=True):
    """What an entry names as evidence. `state`: found or missing in this node's books.

    A document is elsewhere: nothing is fetched.
    """

    kind: str
    ref: str
    at: date
    state: Literal["found", "missing", "elsewhere"]


class RegisterEntry(Answer, frozen=True, kw_only=True):
    """An entry, how far it has come, its evidence, and the datasets here whose rules cite it."""

    progress: Progress
    quote: tuple[str, ...]
    source: str
    action: str
    evidence: tuple[RegisterEvidence, ...]
    cited_by: tuple[str, ...]


class DemandCell(Answer, frozen=True, kw_only=True):
    """One published count; `value` is None where it is hidden. `_T` is all of them."""

    economy: str
    occupation: str
    region: str
    month: str
    age: str
    value: int | None


class DemandMonth(Answer, frozen=True, kw_only=True):
    """The counts of a month that are shown, added: of all ages, and of people of 15 to 29."""

    month: str
    shown: int
    young: int
    hidden: int


class Demand(Answer, frozen=True, kw_only=True):
    """What an economy, or all, published: by month, and the largest counts."""

    economies: tuple[str, ...]
    months: tuple[DemandMonth, ...]
    cells: tuple[DemandCell, ...]
    more: int


GET_REGISTER = get(
    "getRegister",
    "/register",
    "entries of this node, of partners, and those that ship: progress, evidence, who cites them",
    Page[RegisterEntry],
)
GET_REGISTER_CHANGES = get(
    "getRegisterChanges",
    "/register/changes",
    "what has changed in entries of this node and its partners since a day, clause by clause",
    Page[Change],
    query=(Parameter("since", "a day, such as 2026-11-01"),),
)
GET_REGISTER_CATALOG = get(
    "getRegisterCatalog",
    "/register/catalog",
    "the register as a catalog of DCAT-AP 3.0.1, in JSON-LD",
    dict[str, Any],
)
GET_DEMAND = get(
    "getDemand",
    "/skills/demand",
    "published counts of labour demand in the folder demand/ of this node",
    Demand,
    query=(Parameter("economy", "one economy's, such as VN"),),
)
