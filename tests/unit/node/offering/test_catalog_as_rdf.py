"""What JSON-LD processors that are not ours find in our catalog: what our JSON says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from faifo.api.datasets import Publication, Terms
from faifo.messages.dsp_2025_1.codec import write
from faifo.messages.dsp_2025_1.query import Query
from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.transferring import PULL, PUSH
from faifo.node.offering.catalog import OfferedCatalog
from faifo.node.offering.publishing import Publishing, http_source
from faifo.node.offering.rows import Position
from faifo.store.contract import Store
from faifo.store.records import Proof

ROOT = Path(__file__).parents[4]
CONTEXTS = ROOT.parent / "shared" / "schemas" / "dsp-2025-1" / "context"
NPM = "jsonld@9.0.0"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
ODRL = "http://www.w3.org/ns/odrl/2/"
DCAT = "http://www.w3.org/ns/dcat#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
TERMS = Terms(
    until=datetime(2030, 1, 1, tzinfo=UTC),
    purposes=("research", "statistics"),
    economies=("VN",),
)

Quads = set[tuple[str, str, str]]

pytestmark = pytest.mark.skipif(
    not CONTEXTS.exists(), reason="the contexts are not beside this repository"
)


def documents() -> dict[str, Any]:
    return {
        CONTEXT: json.loads((CONTEXTS / "dspace.jsonld").read_text()),
        CONTEXT.replace("context", "odrl-profile"): json.loads(
            (CONTEXTS / "odrl.jsonld").read_text()
        ),
    }


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def by_pyld(catalog: dict[str, Any]) -> Quads:
    from pyld import jsonld

    known = documents()

    def load(url: str, _: Any) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": known[url]}

    options = {"documentLoader": load, "format": "application/n-quads"}
    return triples(jsonld.to_rdf(catalog, options))


def by_jsonld_js(catalog: dict[str, Any]) -> Quads:
    folder = ROOT / "build" / "jsonld"
    if not (folder / "node_modules" / "jsonld").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--prefix", str(folder), NPM]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
        if done.returncode != 0:
            _missing(f"npm cannot get {NPM}: {done.stderr[-500:]}")
    program = """
        const jsonld = require('jsonld');
        const {known, catalog} = JSON.parse(require('fs').readFileSync(0));
        const documentLoader = async url => ({contextUrl: null, documentUrl: url,
                                              document: known[url]});
        jsonld.toRDF(catalog, {documentLoader, format: 'application/n-quads'})
            .then(text => process.stdout.write(text));
    """
    done = subprocess.run(
        ["node", "-e", program],
        input=json.dumps({"known": documents(), "catalog": catalog}),
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return triples(done.stdout)


def triples(text: str) -> Quads:
    found = set()
    for line in text.splitlines():
        match = re.fullmatch(r"(\S+) <(\S+)> (.+) \.", line)
        assert match, line
        value = re.sub(r'^"(.*)"(\^\^\S+)?$', r"\1", match[3])
        found.add((match[1].strip("<>"), match[2], value.strip("<>")))
    return found


@pytest.fixture
async def catalog(store: Store) -> dict[str, Any]:
    publishing = Publishing(
        ending=Ending(*[cast("Any", None)] * 3),
        guests=cast("Any", None),
    )
    publication = Publication(
        location="http://h/x/",
        id="urn:rice",
        title="Rice prices",
        terms=TERMS,
        properties={"season": "wet"},
    )
    source = http_source("http://h/x/", credentials=None)
    await store.run(lambda tx: publishing.publish(tx, publication, source, now=NOW))
    who = Proof(did="did:web:b.example", claims={"economy": "VN"})
    offered = OfferedCatalog(did="did:web:a.example", base="https://a.example/dsp", page_size=9)
    page, _ = await store.read(lambda tx: offered.page(tx, Query(), Position(), who=who, now=NOW))
    return dict(json.loads(write(page)))


@pytest.mark.parametrize("processor", ["pyld", "jsonld.js"])
async def test_the_graph_says_what_the_json_says(catalog: Any, processor: str) -> None:
    if processor == "jsonld.js" and not (shutil.which("npm") and shutil.which("node")):
        _missing("npm is not installed (Debian: apt-get install npm nodejs)")
    graph = (by_pyld if processor == "pyld" else by_jsonld_js)(catalog)
    dataset = catalog["dataset"][0]
    offer = dataset["hasPolicy"][0]

    def of(subject: str, name: str) -> set[str]:
        return {value for one, predicate, value in graph if (one, predicate) == (subject, name)}

    assert of("urn:rice", TYPE) == {f"{DCAT}Dataset"}
    assert of("urn:rice", "http://purl.org/dc/terms/title") == {"Rice prices"}
    assert of("urn:rice", f"{ODRL}hasPolicy") == {offer["@id"]}
    (own,) = of("urn:rice", "https://schema.org/additionalProperty")
    assert of(own, TYPE) == {"https://schema.org/PropertyValue"}
    assert of(own, "https://schema.org/name") == {"season"}
    assert of(own, "https://schema.org/value") == {"wet"}
    assert of(offer["@id"], TYPE) == {f"{ODRL}Offer"}
    (permission,) = of(offer["@id"], f"{ODRL}permission")
    assert of(permission, TYPE) == {f"{ODRL}Permission"}
    assert of(permission, f"{ODRL}action") == {f"{ODRL}use"}
    said = set()
    for constraint in of(permission, f"{ODRL}constraint"):
        assert of(constraint, TYPE) == {f"{ODRL}Constraint"}
        (left,) = of(constraint, f"{ODRL}leftOperand")
        (operator,) = of(constraint, f"{ODRL}operator")
        said.add((left, operator, frozenset(of(constraint, f"{ODRL}rightOperand"))))
    assert said == {
        (f"{ODRL}dateTime", f"{ODRL}lteq", frozenset({"2030-01-01T00:00:00Z"})),
        (f"{ODRL}purpose", f"{ODRL}isAnyOf", frozenset({"research", "statistics"})),
        ("urn:faifo:odrl:economy", f"{ODRL}eq", frozenset({"VN"})),
    }
    for distribution in of("urn:rice", f"{DCAT}distribution"):
        assert of(distribution, TYPE) == {f"{DCAT}Distribution"}
        (service,) = of(distribution, f"{DCAT}accessService")
        assert of(service, TYPE) == {f"{DCAT}DataService"}
    assert [one["format"] for one in dataset["distribution"]] == [PULL, PUSH]
    typed = {subject for subject, predicate, _ in graph if predicate == TYPE}
    named = {subject for subject, _, _ in graph}
    assert named - typed == {
        subject for subject, predicate, _ in graph if predicate.startswith("http://spdx.org/")
    }
