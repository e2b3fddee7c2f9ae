"""A passport proves what it says; any change to it is found; published validators accept it."""

from __future__ import annotations

import base64
import json
import re
import sys
import types
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

pytest.importorskip("polars", reason="needs faifo[ai]")

from datetime import UTC, datetime

from faifo.ai.decision.recompute import recompute
from faifo.ai.evidence import read_evidence, sealed
from faifo.ai.passport import annex_a, dsse, statement
from faifo.ai.passport.build import build, read_description, sign, withdraw
from faifo.ai.passport.records import Passport
from faifo.ai.passport.verify import verify_passport
from faifo.ai.presenting import present
from faifo.ai.report.page import passport_page
from faifo.errors import FaifoError, NotProvenError, SettingsError
from faifo.trust.keys import AnyKey, public_key_from_jwk

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DID = "did:web:bank.example.org"
ID = "urn:uuid:019aab3c-0000-7000-8000-000000000000"
DESCRIPTION = b"""
name = "Loan scorer"
version = "1.0"
purpose = "Proposes decisions"
users = "Clerks"
affected = "Applicants"
limits = "Not for firms"
issuer = {name = "Bank", economy = "VN"}
risk = {severity = 2, probability = 2, reason = "can be appealed"}
oversight = {loop = "over", approvers = ["officer"], stop = "switch", appeal = "branch"}
annex_a."4.15" = {answer = "yes", text = "see the gaps"}
"""


@pytest.fixture(scope="module")
def about() -> Any:
    return read_description(DESCRIPTION)


@pytest.fixture(scope="module")
def made(about: Any, evidence_set: Any) -> Passport:
    return build(about, evidence_set, id=ID, did=DID, now=NOW)


@pytest.fixture(scope="module")
def envelope(made: Passport, passport_key: Any) -> bytes:
    return sign(made, passport_key)


def test_a_passport_is_read_back_as_it_was_made(envelope, made, key_of):
    proven = verify_passport(envelope, key_of)
    assert proven.passport == made
    assert proven.key_id == f"{DID}#passport-1"
    assert recompute(proven.passport.evidence)[1] == []


def test_the_statement_names_the_artefacts_by_digest(envelope, made):
    document = json.loads(dsse.read(envelope).payload)
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert [s["digest"]["sha256"] for s in document["subject"]] == [s.sha256 for s in made.subjects]


def test_the_signed_bytes_are_those_of_the_dsse_specification():
    # protocol.md, "Test Vectors".
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def reseal(envelope: bytes, change: Any, key: Any = None) -> bytes:
    body = json.loads(envelope)
    payload = json.loads(base64.b64decode(body["payload"]))
    change(payload)
    raw = json.dumps(payload).encode()
    if key is not None:
        return dsse.sign(raw, key)
    body["payload"] = base64.b64encode(raw).decode()
    return json.dumps(body).encode()


def set_count(payload: dict[str, Any]) -> None:
    payload["predicate"]["evidence"][0]["counts"]["tp"] += 1


def test_a_changed_count_breaks_the_signature(envelope, key_of):
    with pytest.raises(NotProvenError, match="the signature was not made with the key"):
        verify_passport(reseal(envelope, set_count), key_of)


def set_bom(payload: dict[str, Any]) -> None:
    model = payload["predicate"]["bom"]["metadata"]["component"]
    model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]["value"] = "1.0"


def set_issuer(payload: dict[str, Any]) -> None:
    payload["predicate"]["issuer"]["did"] = "did:web:other.example.org"


def set_subject(payload: dict[str, Any]) -> None:
    payload["subject"][0]["digest"]["sha256"] = "0" * 64


def set_kind(payload: dict[str, Any]) -> None:
    payload["predicateType"] = statement.DECISION


SIGNED_AGAIN = {
    "a count": (set_count, "evidence digest: the evidence performance was changed"),
    "a figure in the bill of materials": (set_bom, "bill of materials"),
    "the issuer": (set_issuer, "issuer: "),
    "the artefact": (set_subject, "subjects: the statement names others than the passport in it"),
    "the kind": (set_kind, "in-toto predicateType"),
}


@pytest.mark.parametrize(("change", "reason"), SIGNED_AGAIN.values(), ids=SIGNED_AGAIN)
def test_what_the_issuer_changed_himself_is_found_too(
    envelope, key_of, passport_key, change, reason
):
    with pytest.raises(NotProvenError) as refused:
        verify_passport(reseal(envelope, change, passport_key), key_of)
    assert reason in str(refused.value)


def test_signing_again_without_a_change_is_proven(envelope, key_of, passport_key):
    assert verify_passport(reseal(envelope, lambda _: None, passport_key), key_of).passport


def test_counts_and_seal_changed_together_are_found_by_recomputing(evidence_set):
    first = evidence_set.evidence[0]
    forged = sealed(msgspec.structs.replace(first, counts={**first.counts, "tp": 1}))
    assert recompute([forged])[1] != []


def test_an_artefact_that_is_another_is_found(envelope, key_of, made):
    right = {"answers.csv": made.subjects[0].sha256}
    assert verify_passport(envelope, key_of, artefacts=right).passport
    with pytest.raises(NotProvenError, match=r"answers\.csv is not what the passport is about"):
        verify_passport(envelope, key_of, artefacts={"answers.csv": "0" * 64})


def test_a_withdrawal_ends_it(envelope, key_of, passport_key):
    body = withdraw(envelope, issuer=DID, reason="wrong", now=NOW, key=passport_key)
    with pytest.raises(NotProvenError, match="withdrawn by its issuer at 2026-11-22"):
        verify_passport(envelope, key_of, withdrawals=[body])
    another = dsse.sign(b"another", passport_key)
    other = withdraw(another, issuer=DID, reason="wrong", now=NOW, key=passport_key)
    assert verify_passport(envelope, key_of, withdrawals=[other]).passport


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"\xff", b'{"payload":"!","payloadType":"x","signatures":[]}',
     b'{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{}]}'],
)  # fmt: skip
def test_what_is_no_envelope_is_refused(body, key_of):
    with pytest.raises(FaifoError):
        verify_passport(body, key_of)


def test_a_key_of_another_cannot_sign(made, passport_key):
    other = msgspec.structs.replace(passport_key, id="did:web:other.example.org#passport-1")
    with pytest.raises(SettingsError, match="is not the issuer's"):
        sign(made, other)


def test_annex_a_has_39_questions_and_metrics_answer_with_evidence(made):
    assert len(annex_a.QUESTIONS) == len(made.answers) == 39
    answer = next(a for a in made.answers if a.question == "4.15")
    fairness = [e.id for e in made.evidence if e.family == "fairness"]
    assert (answer.answer, list(answer.evidence)) == ("yes", fairness)
    assert next(a for a in made.answers if a.question == "4.14").answer == "unanswered"
    with pytest.raises(SettingsError, match=r"answers to 6\.1"):
        annex_a.answers({"6.1": answer}, ())


def test_the_bill_of_materials_is_cyclonedx_1_7(made):
    validators = pytest.importorskip("cyclonedx.validation.json", reason="needs ai-check")
    from cyclonedx.schema import SchemaVersion

    found = validators.JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(made.bom))
    assert found is None, found
    broken = {**(made.bom or {}), "specVersion": 7}
    assert validators.JsonStrictValidator(SchemaVersion.V1_7).validate_str(json.dumps(broken))


def of_data(found: Any) -> Any:
    """Leave only what is about data, and not about predictions."""
    kept = tuple(e for e in found.evidence if e.family == "data-quality")
    return msgspec.structs.replace(found, evidence=kept)


def test_predictions_make_a_system_and_no_data_set(evidence_set, about):
    of_set = msgspec.structs.replace(about, kind="dataset")
    with pytest.raises(SettingsError, match="a data set, and evidence about predictions"):
        build(of_set, evidence_set, id=ID, did=DID, now=NOW)
    assert build(of_set, of_data(evidence_set), id=ID, did=DID, now=NOW).kind == "dataset"


def test_a_signature_in_der_or_without_a_key_id_is_read(made, passport_key, key_of, envelope):
    der = sign(made, passport_key, der=True)
    assert len(dsse.read(der).signatures[0][1]) != 64
    assert verify_passport(der, key_of).sha256 == dsse.name(der) == dsse.name(envelope)
    body = json.loads(envelope)
    del body["signatures"][0]["keyid"]
    payload = base64.b64decode(body["payload"])
    body["payload"] = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    nameless = json.dumps(body).encode()
    known = AnyKey([key_of(passport_key.id)])
    proven = verify_passport(nameless, lambda kid: known if not kid else key_of(kid))
    assert (proven.key_id, proven.sha256) == (passport_key.id, dsse.name(envelope))
    other = msgspec.structs.replace(
        passport_key, private_key=ec.generate_private_key(ec.SECP256R1())
    )
    strange = AnyKey([public_key_from_jwk(other.public_jwk(), id=other.id)])
    with pytest.raises(NotProvenError, match="is of none known here"):
        verify_passport(nameless, lambda _: strange)


@pytest.fixture
def mlcroissant(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The reference validator; for JSONPath, of which nothing is used, a stand-in that fails."""

    def refuse(path: str) -> Any:
        raise AssertionError(f"JSONPath is not installed for this test: {path}")

    stand_in = types.ModuleType("jsonpath_rw")
    stand_in.parse = refuse  # type: ignore[attr-defined]
    stand_in.lexer = types.ModuleType("jsonpath_rw.lexer")  # type: ignore[attr-defined]
    stand_in.lexer.JsonPathLexerError = ValueError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jsonpath_rw", stand_in)
    return pytest.importorskip("mlcroissant", reason="needs the group ai-check")


@pytest.mark.filterwarnings("ignore")
def test_a_data_set_is_described_in_croissant_1_1(evidence_set, tmp_path, mlcroissant):
    mlc = mlcroissant
    evidence_set = of_data(evidence_set)
    about = read_description(
        DESCRIPTION.replace(b'name = "Loan scorer"', b'name = "loans"\nkind = "dataset"')
        + b"""
[dataset]
license = "https://creativecommons.org/licenses/by/4.0/"
url = "https://bank.example.org/loans"
dataBiases = "women are few"
[offer]
"@type" = "Offer"
[[offer.permission]]
action = "use"
constraint = [{leftOperand = "purpose", operator = "eq", rightOperand = "research"}]
"""
    )
    columns = [("y", "sc:Integer"), ("capital gain", "sc:Text"), ("tỉnh", "sc:Text")]
    made = build(about, evidence_set, id=ID, did=DID, now=NOW, columns=columns)
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(made.croissant))
    broken = json.loads(path.read_bytes())
    del broken["recordSet"][0]["field"][0]["dataType"]
    with pytest.raises(mlc.ValidationError, match=r"Field\(y\).* does not specify a valid"):
        mlc.Dataset(jsonld=broken)
    described = mlc.Dataset(jsonld=str(path))
    assert not described.metadata.ctx.issues.errors
    assert described.metadata.name == "loans"
    assert "http://mlcommons.org/croissant/1.1" in str(described.metadata.conforms_to)
    fields = described.metadata.record_sets[0].fields
    assert [f.name for f in fields] == ["y", "capital gain", "tỉnh"]
    assert [str(f.source.extract.column) for f in fields] == ["y", "capital gain", "tỉnh"]
    assert made.croissant is not None
    assert made.croissant["usageInfo"]["odrl:permission"][0]["odrl:action"] == {"@id": "odrl:use"}


def test_risk_is_high_from_eight_on_or_where_rights_are_at_stake():
    def level(text: bytes) -> str:
        old = b'risk = {severity = 2, probability = 2, reason = "can be appealed"}'
        found = read_description(DESCRIPTION.replace(old, b"risk = {" + text + b"}"))
        return found.risk.level

    assert level(b"severity = 1, probability = 3") == "low"
    assert level(b"severity = 2, probability = 3") == "limited"
    assert level(b"severity = 2, probability = 4") == "high"
    assert level(b"severity = 1, probability = 1, irreversible = true") == "high"
    with pytest.raises(SettingsError, match="severity"):
        level(b"severity = 5, probability = 1")


def test_it_ends_after_its_days(made):
    assert made.expires - made.issued == timedelta(days=365)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_use_conditions_of_a_data_set_are_odrl_for_who_reads_rdf(evidence_set):
    rdflib = pytest.importorskip("rdflib", reason="needs the group ai-check: mlcroissant brings it")
    about = read_description(
        DESCRIPTION.replace(b'name = "Loan scorer"', b'name = "loans"\nkind = "dataset"')
        + b"""
[offer]
"@type" = "Offer"
target = "urn:example:loans"
[[offer.permission]]
action = "use"
[[offer.permission.constraint]]
leftOperand = "purpose"
operator = "eq"
rightOperand = "research"
[[offer.permission.constraint]]
leftOperand = "odrl:dateTime"
operator = "lteq"
rightOperand = {"@value" = "2027-01-01", "@type" = "http://www.w3.org/2001/XMLSchema#date"}
[[offer.prohibition]]
action = "distribute"
"""
    )
    made = build(about, of_data(evidence_set), id=ID, did=DID, now=NOW)
    graph = rdflib.Graph().parse(data=json.dumps(made.croissant), format="json-ld")
    odrl, schema = (rdflib.Namespace(iri) for iri in ODRL_AND_SCHEMA)
    (offer,) = graph.objects(None, schema.usageInfo)
    assert (offer, rdflib.RDF.type, odrl.Offer) in graph
    assert graph.value(offer, odrl.target) == rdflib.URIRef("urn:example:loans")
    permission = graph.value(offer, odrl.permission)
    assert graph.value(permission, odrl.action) == odrl.use
    assert graph.value(graph.value(offer, odrl.prohibition), odrl.action) == odrl.distribute
    terms = {
        (
            graph.value(one, odrl.leftOperand),
            graph.value(one, odrl.operator),
            graph.value(one, odrl.rightOperand),
        )
        for one in graph.objects(permission, odrl.constraint)
    }
    assert terms == {
        (odrl.purpose, odrl.eq, rdflib.Literal("research")),
        (odrl.dateTime, odrl.lteq, rdflib.Literal("2027-01-01", datatype=rdflib.XSD.date)),
    }


ODRL_AND_SCHEMA = ("http://www.w3.org/ns/odrl/2/", "https://schema.org/")


def test_another_writer_of_json_may_write_whole_numbers_without_a_point(evidence_set):
    """JavaScript writes 45.0 as 45, and has its own order; nothing was changed by that."""

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: short(value[name]) for name in reversed(value)}
        if isinstance(value, list | tuple):
            return [short(inner) for inner in value]
        return int(value) if isinstance(value, float) and value == int(value) else value

    written = json.dumps(short(msgspec.to_builtins(evidence_set))).encode()
    assert b'"twice_u": ' in written
    assert not re.search(rb'"twice_u": \d+\.', written)
    assert read_evidence(written).evidence[0].id == evidence_set.evidence[0].id
    assert recompute(read_evidence(written).evidence).mismatches == []


USE = b"""
[use]
kinds = ["credit-scoring"]
notice = "The form says so"
representative = {name = "Kim", economy = "KR"}
tools = [{name = "<search>", may = "read prices"}]
"""


def test_what_it_is_used_for_travels_and_is_left_out_where_nobody_says_it(
    evidence_set, passport_key, key_of, made
):
    assert "use" not in msgspec.json.decode(msgspec.json.encode(made))
    described = read_description(DESCRIPTION + USE)
    used = build(described, evidence_set, id=ID, did=DID, now=NOW)
    passport, presented = present(sign(used, passport_key), key_of, now=NOW)
    assert passport == used
    assert (presented.uses, presented.economy) == (("credit-scoring",), "VN")
    parts = {"use.kinds", "use.notice", "use.representative", "use.tools"}
    assert {one for one in presented.parts if one.startswith("use.")} == parts
    page = passport_page(used, "vi")
    for told in ("credit-scoring", "The form says so", "Kim; KR", "&lt;search&gt;: read prices"):
        assert told in page
    assert "(Đã thử nghiệm trên các nhóm người khác nhau chưa?)" in page
    for wrong in (b"kinds = []", b'kinds = ["Credit scoring"]'):
        with pytest.raises(SettingsError, match="kinds"):
            read_description(DESCRIPTION + USE.replace(b'kinds = ["credit-scoring"]', wrong))
