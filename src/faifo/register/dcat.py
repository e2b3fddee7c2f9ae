"""The register as a catalog of DCAT-AP 3.0.1, in JSON-LD, for portals that harvest.

Each entry is a dataset of the type of a policy document. All types are said outright, and each text
has its language. Spec: DCAT-AP 3.0.1 §7 (mandatory: titles, descriptions, publisher).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from faifo.phrases import say
from faifo.register.progress import Edition

CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
BASE: Final = "urn:faifo:register:"


def as_dcat(editions: Iterable[Edition], *, publisher: str, name: str) -> dict[str, Any]:
    """Return the catalog; `publisher` is a DID or address, `name` what people call it."""
    return {
        "@context": CONTEXT,
        "@id": f"{BASE}{publisher}",
        "@type": "dcat:Catalog",
        "dct:title": _said("register.title"),
        "dct:description": _said("register.description"),
        "dct:publisher": {"@id": publisher, "@type": "foaf:Agent", "foaf:name": name},
        "dcat:dataset": [_dataset(one) for one in editions],
    }


def _dataset(edition: Edition) -> dict[str, Any]:
    entry = edition.entry
    titles, actions = (
        [{"@language": lang, "@value": text} for lang, text in said.items() if text]
        for said in (entry.title, entry.action)
    )
    told: dict[str, Any] = {
        "@id": f"{BASE}{edition.by}:{entry.id}",
        "@type": "dcat:Dataset",
        "dct:identifier": entry.id,
        "dct:title": titles,
        "dct:description": actions or titles,
        # Without the DID of who signed: readers would call one node by all whose word it keeps.
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": entry.who},
        "dct:issued": {"@type": "xsd:date", "@value": entry.said.isoformat()},
        "dct:modified": {"@type": "xsd:date", "@value": edition.at.isoformat()},
        "dct:type": {
            "@id": f"{BASE}policy",
            "@type": "skos:Concept",
            "skos:prefLabel": {"@language": "en", "@value": "policy or commitment"},
        },
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "http://www.w3.org/2000/01/rdf-schema#label": entry.source,
        },
        "dcat:keyword": [entry.status],
    }
    return told


def _said(key: str) -> list[dict[str, str]]:
    return [{"@language": lang, "@value": say(key, lang)} for lang in ("en", "vi")]
