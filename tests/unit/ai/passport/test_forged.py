"""An issuer changes what it has signed, makes the figures follow again, and signs once more.

Nothing that contradicts itself is ever proven, and nothing raises. What no other count bears
witness of is listed, with the reason.
"""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("polars", reason="needs faifo[ai]")

import numpy as np
import polars as pl

from faifo.ai.assess.benchmark import benchmark
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.decision import explain, judge
from faifo.ai.decision.recompute import recompute
from faifo.ai.evidence import Evidence, EvidenceSet, sealed
from faifo.ai.metrics.classification import MULTICLASS_1
from faifo.ai.metrics.methods import figures_from, methods
from faifo.ai.packs import open_pack
from faifo.ai.passport import dsse
from faifo.ai.passport.build import build, read_description, sign
from faifo.ai.presenting import present
from faifo.errors import FaifoError

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DID = "did:web:bank.example.org"
ABOUT = b"""
name = "n"
version = "1"
purpose = "p"
issuer = {name = "Bank"}
risk = {severity = 1, probability = 1}
"""
# Sums of scores and orders: other counts leave a range for them, and inside it nobody can tell.
RANGES = {
    ("ranking", name)
    for name in ("twice_u", "precision_sum", "log_loss_sum", "log_loss_square_sum")
} | {
    (method, name)
    for method in ("calibration", "multiclass-calibration")
    # Small bins leave together, so that no bin of all rows is the sum of told ones.
    for name in ("positives", "score_sum", "gap_sum", "bins")
}
KINDS = ("binary", "classes", "values", "trained", "weighted", "model", "decisions", "benchmark")
ALONE = {
    # What the rows are like beside label and prediction; no other count is about it.
    ("data-quality", "constant_columns"),
    ("data-quality", "duplicates"),
    ("data-quality", "duplicates_above"),
    ("data-quality", "conflicts"),
    ("regression-performance", "fourth_sum"),
    ("regression-performance", "truth_spread"),
    # Of all rows, where a reference model was judged on a part of them.
    ("k-anonymity", "smallest"),
    # Answers on other inputs, within what the clean ones leave.
    ("robustness", "correct"),
    ("robustness", "flipped"),
    ("reproducibility", "runs"),
    ("reproducibility", "n"),
    # Another model's answers, of which nothing else is told.
    ("same-as-original", "different"),
    ("same-as-original", "gap_sum"),
    ("same-as-original", "largest_gap"),
} | {
    (f"membership-{attack}", name)
    for attack in ("loss", "lira")
    for name in ("twice_u", "best_members", "best_nonmembers", "flagged_members")
}


def table(path: Path, **columns: Any) -> Path:
    pl.DataFrame(columns).write_csv(path)
    return path


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, EvidenceSet]:
    rng = np.random.default_rng(3)
    n, folder = 900, tmp_path_factory.mktemp("tables")
    score = rng.random(n).round(3)
    label = (rng.random(n) < score).astype(int)
    groups = {"sex": rng.choice(["f", "m"], n), "age": rng.choice(["young", "old"], n)}
    letters = rng.choice(list("abc"), n)
    decided = np.where(rng.random(n) < 0.7, letters, rng.choice(list("abc"), n))
    values = rng.normal(size=n).round(3)
    tables = {
        "binary": table(folder / "b.csv", y=label, p=score, x=values, **groups),
        "classes": table(folder / "c.csv", y=letters, d=decided, p=score, **groups),
        "values": table(folder / "v.csv", y=values, d=values + score.round(1), **groups),
        "trained": table(folder / "t.csv", y=label, z=score, **groups),
        "weighted": table(folder / "w.csv", y=label, p=score, w=rng.gamma(2, 1, n), **groups),
        "model": table(folder / "m.csv", y=label, z=score, o=(score + 0.01).round(2), **groups),
    }
    (folder / "forged_model.py").write_text("def ask(rows):\n    return rows['z'].to_numpy()\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        return _measured(tables, folder)


def _measured(tables: dict[str, Path], folder: Path) -> dict[str, EvidenceSet]:
    by: dict[str, dict[str, Any]] = {
        "binary": {"score": "p"},
        "classes": {"prediction": "d", "score": "p"},
        "values": {"prediction": "d", "task": "regression"},
        "trained": {"train": "logistic-regression"},
        "weighted": {"score": "p", "weight": "w"},
        "model": {"model": "forged_model:ask", "original": "o"},
    }
    found = {
        name: assess(Request(data=tables[name], label="y", groups=("sex", "age"), **by[name])).found
        for name in tables
    }
    found["decisions"] = assess(
        Request(data=tables["binary"], prediction="y", groups=("sex",))
    ).found
    found["benchmark"] = benchmark(log(folder / "log.json"))
    return found


def log(path: Path) -> Path:
    """Return a log as Inspect writes it."""
    samples = [
        {"id": i, "input": f"q {i}", "target": "yes", "error": None if i % 9 else {"message": "m"},
         "scores": {"match": {"value": "C" if i % 4 else "I"}} if i % 7 else None}
        for i in range(200)
    ]  # fmt: skip
    told = {"task": "t", "model": "m", "dataset": {"sample_ids": list(range(210))}}
    scores = {"scores": [{"name": "match", "metrics": {}}]}
    path.write_text(json.dumps({"eval": told, "plan": {}, "samples": samples, "results": scores}))
    return path


def members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from members(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from members(inner, (*path, at))
    else:
        yield path, value


def changed(document: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the document with another value at `path`; what is beside it is not copied."""
    if not path:
        return new
    found = copy.copy(document)
    found[path[0]] = changed(document[path[0]], path[1:], new)
    return found


def follows(document: Any) -> Evidence:
    """Return evidence whose figures follow from its counts again, if any do, and its id too."""
    evidence = msgspec.convert(document, Evidence)
    try:
        own = figures_from(evidence.method, evidence.counts, evidence.parameters)
        evidence = msgspec.structs.replace(evidence, figures=tuple(own))
    except FaifoError:
        pass
    return sealed(evidence)


def test_every_method_is_forged(kinds):
    assert {one.method.id for found in kinds.values() for one in found.evidence} == methods().keys()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_issuer_tells_is_true_and_proven(kinds, kind):
    assert recompute(kinds[kind].evidence).mismatches == []
    backwards = recompute(kinds[kind].evidence[::-1])
    assert backwards.mismatches == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_count_can_be_changed_alone(kinds, kind):
    found = kinds[kind].evidence
    believed = set()
    for at, evidence in enumerate(found):
        document = msgspec.to_builtins(evidence)
        counts = {"counts": document["counts"], "n": document["n"]}
        for path, value in members(counts):
            if not isinstance(value, int | float):
                continue
            near = value * 1.01 if isinstance(value, float) else value + 1
            for new in {near, value * 2, 0, 10**300} - {value}:
                forged = [*found[:at], follows(changed(document, path, new)), *found[at + 1 :]]
                if not recompute(forged).mismatches:
                    believed.add((evidence.method.id, path[-1]))
    assert believed - RANGES - ALONE == set()


JUNK = (None, True, -1, 2**70, 1.5, "", "x" * 3000, [], [[1]], {}, {"a": {"b": []}}, "\ud800")


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_member_is_changed_nothing_raises(kinds, kind, passport_key, key_of):
    made = build(read_description(ABOUT), kinds[kind], id="urn:uuid:1", did=DID, now=NOW)
    payload = json.loads(dsse.read(sign(made, passport_key)).payload)
    pack = open_pack("asean")
    paths = [path for path, _ in members(payload)]
    inner = [path[:end] for path in paths for end in range(1, len(path))]
    pairs = list(itertools.product(dict.fromkeys([*paths, *inner]), JUNK))
    unsigned = {"frameworks", "suppressed", "note", "not_measured", "run_times", "answers"}
    believed = []
    drawn = random.Random(7).sample(pairs, 120)
    if kind == "benchmark":
        # Its payload is the shortest: what stands in no evidence is changed in each way.
        drawn = [one for one in pairs if one[0][1:2] != ("evidence",)]
    for path, junk in drawn:
        forged = changed(payload, path, junk)
        if forged == payload:
            continue
        body = json.dumps(forged).encode()
        passport, presented = present(dsse.sign(body, passport_key), key_of, now=NOW)
        decision = judge.decide(pack, presented, now=NOW, by=DID)
        assert explain.sentences(decision, "en")
        hard = any(f.code in ("mismatch", "proof") for f in decision.findings)
        if passport is not None and not hard:
            believed.append(path)
    assert believed or kind != "benchmark"
    for path in believed:
        assert path[0] == "predicate", path
        if path[1] == "evidence":
            assert unsigned & set(path), path


# Made of the same rows and scores; what each tells beside them may be true together.
ALIKE = {"binary", "weighted", "model"}


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in itertools.combinations(KINDS, 2) if not set(pair) <= ALIKE],
)
def test_two_assessments_are_not_believed_as_one(kinds, one, other):
    assert recompute([*kinds[one].evidence, *kinds[other].evidence]).mismatches


def test_no_evidence_can_call_its_rows_others_than_those_of_the_rest(kinds):
    found = list(kinds["binary"].evidence)
    at = next(i for i, e in enumerate(found) if e.method.id == "data-quality")
    document = msgspec.to_builtins(found[at])
    document["parameters"] |= {"trained": "x", "test_share": 0.0009}
    document["counts"] |= {"rows": 999_999, "classes": []}
    found[at] = follows(document | {"n": 999_999})
    assert recompute(found).mismatches != []


def test_evidence_of_before_is_read_with_the_formula_of_then(kinds):
    found = kinds["classes"].evidence
    first = next(e for e in found if e.method.id == "multiclass-performance")
    for formula, wrong in ((MULTICLASS_1, False), ("anything", True)):
        method = msgspec.structs.replace(first.method, version="1", formula=formula)
        older = sealed(msgspec.structs.replace(first, method=method))
        assert bool(recompute([older]).mismatches) == wrong
