"""The description of a data set: Croissant 1.1 with RAI 1.0, and use conditions in ODRL.

Use conditions stand in schema.org's `usageInfo` as an ODRL Offer, the same terms that the exchange
negotiates, so that a reader of RDF finds ODRL: its terms are IRIs and no texts, and what they are
compared with has no language. Columns are named; no value of any row is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from faifo.ai.passport.records import Passport

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.1"
CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


# Members of ODRL whose values are terms or things, not texts.
TERMS: Final = frozenset({"action", "leftOperand", "operator", "conflict", "includedIn", "unit"})
RESOURCES: Final = frozenset({"target", "assigner", "assignee", "profile", "uid", "relation"})


def description(
    passport: Passport,
    about: Mapping[str, Any],
    columns: Sequence[tuple[str, str]],
    offer: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the Croissant document.

    Args:
        passport: of kind dataset; the first subject that is no model is the file.
        about: licence, url and the RAI texts by their Croissant names.
        columns: name and schema.org type of each column, such as `sc:Integer`.
        offer: the terms under which the data may be used, as an ODRL Offer.
    """
    file = next((s for s in passport.subjects if s.role != "model"), passport.subjects[0])
    parquet = file.name.endswith(".parquet")
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": passport.name,
        "description": passport.purpose or passport.name,
        "version": passport.version,
        "license": about.get("license", "https://spdx.org/licenses/LicenseRef-see-usageInfo"),
        "url": about.get("url", passport.id),
        "datePublished": passport.issued.date().isoformat(),
        "creator": {"@type": "sc:Organization", "name": passport.issuer.name},
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "file",
                "name": file.name,
                "contentUrl": file.name,
                "encodingFormat": "application/x-parquet" if parquet else "text/csv",
                "sha256": file.sha256,
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "field": [_field(name, kind) for name, kind in columns],
            }
        ],
    }
    document |= {f"rai:{name}": text for name, text in about.items() if name.startswith("data")}
    if "personalSensitiveInformation" in about:
        name = "personalSensitiveInformation"
        document[f"rai:{name}"] = about[name]
    if offer is not None:
        document["usageInfo"] = _odrl(offer)
    return document


def _field(name: str, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{quote(name, safe='')}",  # an IRI: a column may be called `capital gain`
        "name": name,
        "dataType": kind,
        "source": {"fileObject": {"@id": "file"}, "extract": {"column": name}},
    }


def _odrl(value: Any, member: str = "") -> Any:
    """Return ODRL Information Model 2.2 in this document's context, with its own prefix."""
    if isinstance(value, Mapping):
        if "@value" in value or set(value) == {"@id"}:
            return {name: _term(inner) if name == "@id" else inner for name, inner in value.items()}
        return {
            name if name.startswith("@") or ":" in name else f"odrl:{name}": _odrl(inner, name)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_odrl(inner, member) for inner in value]
    name = member.removeprefix("odrl:")
    if name == "@type":
        return _term(value)
    if name in TERMS or (isinstance(value, str) and name in RESOURCES):
        return {"@id": _term(value)}
    return value if name == "@id" else {"@value": value}


def _term(value: Any) -> Any:
    """Return a term of ODRL with its prefix; an IRI, or a name of somebody else's, as it is."""
    return value if not isinstance(value, str) or ":" in value else f"odrl:{value}"
