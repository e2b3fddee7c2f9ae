"""The query that Eclipse EDC puts into the `filter` of a catalog request.

DSP leaves the language of filters open (§6.2.1). EDC sends one `QuerySpec` in every request, mostly
one that filters nothing: `offset`, `limit`, `sortField`, `sortOrder` and a list of criteria that
must all hold. `q` beside them is ours: words that must all stand in a text of the dataset. What is
not understood is refused: a filter that is ignored would show too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

import msgspec

from faifo.errors import Fact, MalformedMessageError
from faifo.messages.dsp_2025_1.criteria import OPERATORS, OWN, Criterion, Properties, mentions
from faifo.phrases import Phrase

MAX_CRITERIA: Final = 20
MAX_VALUES: Final = 100
MAX_TEXT: Final = 500
MAX_SEARCH: Final = 200
MAX_WILDCARDS: Final = 8
MAX_NUMBER: Final = 2**31

# How a property may be called, in EDC's namespace, DCAT's, Dublin Core's or bare.
_PREFIXES: Final = (
    "https://w3id.org/edc/v0.0.1/ns/",
    "http://purl.org/dc/terms/",
    "http://www.w3.org/ns/dcat#",
    "edc:",
    "dct:",
    "dcterms:",
    "dcat:",
)
_NAMES: Final = {
    "@id": "id",
    "name": "title",
    "keywords": "keyword",
    "licence": "license",
    "contenttype": "mediaType",
    "size": "byteSize",
}
PROPERTIES: Final = ("id", "title", "description", "keyword", "license", "mediaType", "byteSize")
_MEMBERS: Final = {
    "@context", "@id", "@type", "offset", "limit", "sortField", "sortOrder", "filterExpression", "q"
}  # fmt: skip


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; without a change of the defaults, everything in its usual order."""

    offset: int = 0
    limit: int | None = None
    sort: str | None = None
    descending: bool = False
    criteria: tuple[Criterion, ...] = ()
    search: str = ""

    def matches(self, properties: Properties) -> bool:
        tested = all(criterion.holds(properties) for criterion in self.criteria)
        return tested and mentions(properties, self.search)


def read_query(entries: tuple[Any, ...]) -> Query:
    """Return the query of a `filter`; an empty one asks for everything.

    Raises:
        MalformedMessageError: names what is not understood, and what is.
    """
    if not entries:
        return Query()
    if len(entries) > 1 or not isinstance(entries[0], dict):
        _refuse(
            "",
            Phrase("errors.told.query.parts", parts=len(entries)),
            Phrase("errors.told.query.spec"),
        )
    spec = {_bare(name): _plain(value) for name, value in entries[0].items()}
    for name in spec:
        if name not in _MEMBERS:
            _refuse(
                name,
                Phrase("errors.told.query.member", name=name[:100]),
                Phrase("errors.told.query.edc"),
            )
    order = spec.get("sortOrder") or "ASC"
    if order not in ("ASC", "DESC"):
        _refuse(
            "sortOrder",
            Phrase("errors.told.query.order", order=str(order)[:100]),
            Phrase("errors.told.query.asc-desc"),
        )
    sort = spec.get("sortField")
    return Query(
        offset=_number(spec, "offset", 0),
        limit=_number(spec, "limit", None),
        sort=None if sort is None else _sorted_by(sort),
        descending=order == "DESC",
        criteria=tuple(_criteria(spec.get("filterExpression"))),
        search=_words(spec.get("q")),
    )


def write_query(query: Query) -> dict[str, Any]:
    """Return the `filter` entry that asks for what `query` does, but for order and page."""
    criteria = [
        {
            "@type": "Criterion",
            "operandLeft": one.name,
            "operator": one.operator,
            "operandRight": list(one.right) if isinstance(one.right, tuple) else one.right,
        }
        for one in query.criteria
    ]
    return {"@type": "QuerySpec", "filterExpression": criteria, "q": query.search}


def _words(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_SEARCH:
        wanted = Phrase("errors.told.query.search-wanted", most=MAX_SEARCH)
        _refuse("q", Phrase("errors.told.query.search"), wanted)
    return value


def _criteria(entries: Any) -> Iterator[Criterion]:
    listed = entries if isinstance(entries, list) else [] if entries is None else [entries]
    if len(listed) > MAX_CRITERIA:
        _refuse(
            "filterExpression",
            Phrase("errors.told.query.criteria", count=len(listed)),
            Phrase("errors.told.query.at-most", most=MAX_CRITERIA),
        )
    for index, entry in enumerate(listed):
        place = f"filterExpression[{index}]"
        if not isinstance(entry, dict):
            _refuse(
                place, Phrase("errors.told.query.criterion"), "operandLeft, operator, operandRight"
            )
        parts = {_bare(name): value for name, value in entry.items()}
        operator = _plain(parts.get("operator"))
        if not isinstance(operator, str) or operator not in OPERATORS:
            known = " ".join(OPERATORS)
            _refuse(
                place,
                Phrase("errors.told.query.operator", operator=str(operator)[:100]),
                Phrase("errors.told.query.one-of", known=known),
            )
        name = _property(_plain(parts.get("operandLeft")), place)
        yield Criterion(name, operator, _right(parts.get("operandRight"), operator, place))


def _right(value: Any, operator: str, place: str) -> Any:
    """Return the value that is compared with, within bounds: a tuple for `in`."""
    if operator == "in":
        listed = value if isinstance(value, list) else [value]
        if not 0 < len(listed) <= MAX_VALUES:
            _refuse(
                place,
                Phrase("errors.told.query.values", count=len(listed)),
                Phrase("errors.told.query.to", most=MAX_VALUES),
            )
        return tuple(_right(one, "=", place) for one in listed)
    value = _plain(value)
    if isinstance(value, list) and len(value) == 1:
        value = _plain(value[0])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        _refuse(place, Phrase("errors.told.query.right"), Phrase("errors.told.query.text-number"))
    if isinstance(value, str) and len(value) > MAX_TEXT:
        _refuse(
            place,
            Phrase("errors.told.query.text", count=len(value)),
            Phrase("errors.told.query.at-most", most=MAX_TEXT),
        )
    if operator in {"like", "ilike"} and str(value).count("%") > MAX_WILDCARDS:
        _refuse(
            place,
            Phrase("errors.told.query.pattern"),
            Phrase("errors.told.query.at-most", most=MAX_WILDCARDS),
        )
    return value


def _property(value: Any, place: str) -> str:
    name = _NAMES.get(_bare(value), _bare(value)) if isinstance(value, str) else ""
    made_up = name.startswith(OWN) and len(OWN) < len(name) <= MAX_TEXT
    if name not in PROPERTIES and not made_up:
        _refuse(
            place,
            Phrase("errors.told.query.property", value=str(value)[:100]),
            Phrase("errors.told.query.one-of", known=", ".join((*PROPERTIES, f"{OWN}NAME"))),
        )
    return name


def _sorted_by(value: Any) -> str:
    name = _property(value, "sortField")
    if name not in PROPERTIES:
        _refuse(
            "sortField",
            Phrase("errors.told.query.property", value=name[:100]),
            Phrase("errors.told.query.one-of", known=", ".join(PROPERTIES)),
        )
    return name


def _number(spec: Mapping[str, Any], name: str, default: int | None) -> Any:
    value = spec.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MAX_NUMBER:
        _refuse(
            name,
            Phrase("errors.told.query.number", name=name, value=str(value)[:100]),
            Phrase("errors.told.query.whole"),
        )
    return value


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _plain(value: Any) -> Any:
    """Return the text of `{"@value": …}` and `{"@id": …}`; anything else unchanged."""
    if isinstance(value, dict) and len(value.keys() - {"@type"}) == 1:
        return value.get("@value", value.get("@id", value))
    return value


def _refuse(place: str, what: Fact, expected: Fact) -> NoReturn:
    where = "$.filter[0]" + (f".{place}" if place else "")
    raise MalformedMessageError(what=what, expected=expected, where=where)
