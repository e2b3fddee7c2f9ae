"""What a document's members and terms mean, by its own `@context`; nothing is ever fetched.

A term means what the document's context says (DSP 2025-1 §4). Prefixes are known from inline
contexts, from DSP's context, and from EDC's; an unknown context that is named by its URL is kept,
to go with the terms wherever they are sent on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from faifo.messages.dsp_2025_1.wire import CONTEXT

DSPACE: Final = "https://w3id.org/dspace/2025/1/"
ODRL: Final = "http://www.w3.org/ns/odrl/2/"
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
EDC_CONTEXT: Final = "https://w3id.org/edc/dspace/v0.0.1"
DCAT: Final = "http://www.w3.org/ns/dcat#"
_DCT: Final = "http://purl.org/dc/terms/"

# What DSP's context defines, and the prefix under which everybody writes Dublin Core besides.
_PREFIXES: Final = {"dspace": DSPACE, "odrl": ODRL, "dcat": DCAT, "dct": _DCT, "dcterms": _DCT}
_CONTEXTS: Final[Mapping[str, Mapping[str, str]]] = {EDC_CONTEXT: {"edc": EDC}}

_OF_ODRL: Final = (
    "hasPolicy permission prohibition obligation duty action constraint leftOperand operator "
    "rightOperand and or xone andSequence target assigner assignee profile"
)
_OF_DCAT: Final = (
    "dataset catalog distribution service accessService endpointURL endpointDescription "
    "servesDataset"
)
_OF_DCT: Final = "title description license conformsTo"
_PLAIN: Final[Mapping[str, str]] = {
    **{f"{ODRL}{name}": name for name in _OF_ODRL.split()},
    **{f"{DCAT}{name}": name for name in _OF_DCAT.split()},
    **{f"{DCAT}{name}": f"dcat:{name}" for name in ("mediaType", "byteSize", "keyword")},
    **{f"{_DCT}{name}": f"dct:{name}" for name in _OF_DCT.split()},
    f"{_DCT}format": "format",
    "id": "@id",
    "type": "@type",
    "uid": "@id",
    f"{ODRL}uid": "@id",
}
# How EDC and others call what Dublin Core and DCAT have a name for, in datasets only.
_DATASET: Final[Mapping[str, str]] = {
    "title": "dct:title",
    "name": "dct:title",
    f"{EDC}name": "dct:title",
    "description": "dct:description",
    f"{EDC}description": "dct:description",
    "keyword": "dcat:keyword",
    "keywords": "dcat:keyword",
    "license": "dct:license",
    "mediaType": "dcat:mediaType",
    f"{EDC}contenttype": "dcat:mediaType",
    "byteSize": "dcat:byteSize",
}
_STANDS_FOR: Final = 2


class Terms:
    """The meaning of names in one document. `contexts` are those to send on with its terms."""

    def __init__(self, context: Any) -> None:
        self._prefixes = dict(_PREFIXES)
        self.contexts: tuple[str, ...] = ()
        self.inline = False
        for part in listed(context):
            if isinstance(part, str):
                self._prefixes.update(_CONTEXTS.get(part, {}))
                if part != CONTEXT and part not in _CONTEXTS:
                    self.contexts += (part,)
            elif isinstance(part, dict):
                self.inline = True
                self._prefixes.update(_prefixes(part))

    def iri(self, name: str) -> str:
        """Return a name with its prefix written out, if the prefix is known."""
        prefix, colon, local = name.partition(":")
        if not colon or local.startswith("//") or prefix not in self._prefixes:
            return name
        return self._prefixes[prefix] + local

    def foreign(self, value: str) -> str:
        """Return a term written out unless its prefix is one of DSP's own context."""
        prefix = value.partition(":")[0]
        known = _PREFIXES.get(prefix)
        return value if known and known == self._prefixes[prefix] else self.iri(value)

    def members(self, part: Mapping[str, Any], *, dataset: bool = False) -> dict[str, Any]:
        """Return the members of `part` under the names that DSP's schemas give them.

        Null says nothing in JSON-LD, so it is dropped. What stands under two names of one member
        is all said; a name that only stands for the usual one counts where that one is missing.
        """
        if not dataset and ":" not in "".join(part) and _PLAIN.keys().isdisjoint(part):
            return {name: value for name, value in part.items() if value is not None}
        found: dict[str, tuple[int, Any]] = {}
        for name, value in part.items():
            if value is None:
                continue
            rank, known = self._name(name, dataset=dataset)
            before, said = found.get(known, (_STANDS_FOR, None))
            if rank < _STANDS_FOR and before < _STANDS_FOR and text(said) != text(value):
                found[known] = 0, [*listed(said), *listed(value)]
            elif known not in found or rank < before:
                found[known] = rank, value
        return {name: value for name, (_, value) in found.items()}

    def _name(self, name: str, *, dataset: bool) -> tuple[int, str]:
        """Return what a member is called here: 0 the same, 1 equal by the context, 2 a stand-in."""
        iri = self.iri(name)
        known = _PLAIN.get(iri) or iri.removeprefix(DSPACE)
        if known != iri:
            return 0 if known == name else 1 if ":" in iri else _STANDS_FOR, known
        if dataset and iri in _DATASET:
            return _STANDS_FOR, _DATASET[iri]
        return 0, iri if dataset else name


def _prefixes(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in context.items():
        iri = value.get("@id") if isinstance(value, dict) else value
        if isinstance(iri, str) and not name.startswith("@") and iri[-1:] in {"/", "#", ":"}:
            yield name, iri


def listed(value: Any) -> list[Any]:
    """Return a value as an array: one value and an array of it are equal in JSON-LD."""
    if isinstance(value, dict) and value.keys() in ({"@list"}, {"@set"}):
        value = next(iter(value.values()))
    return value if isinstance(value, list) else [] if value is None else [value]


def alone(value: Any) -> Any:
    """Return what stands alone in an array: the two are equal in JSON-LD."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def text(value: Any) -> Any:
    """Return what `{"@id": …}`, a literal or an array of one stands for, else the value."""
    if isinstance(value, str):
        return value
    value = alone(value)
    if isinstance(value, dict):
        return value.get("@value", value.get("@id", value) if len(value) == 1 else value)
    return value
