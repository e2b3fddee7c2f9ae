"""Evidence about the demo's two credit desks, and their passports.

Both desks ask the same model; one approves from a probability of 0.5 on, the other from 0.85. What
is told of groups comes from every application of the table, each scored by a model that was fitted
without it; how far disturbed inputs change decisions, and whether training rows can be told apart,
comes from the served model itself. Only counts leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from faifo.ai.assess.small import Judged, of_answers, of_model, of_table
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Artefact, EvidenceSet, canonical, digest
from faifo.ai.passport.build import build, read_description, sign
from faifo.ai.passport.dsse import Signer
from faifo.demo import loan_model, tables
from faifo.demo.loan_model import FEATURES, OUTCOME, Application
from faifo.demo.model_service import CUT_OFFS

ORIGIN = "origin"
SEX_AND_AGE = "sex and age"
MINIMUM = 10


class Measured(NamedTuple):
    """The evidence about each desk, and how many rows it was made from, in all and by group."""

    desks: dict[str, EvidenceSet]
    rows: int
    groups: dict[str, int]


def measure(attribute: str = ORIGIN) -> Measured:
    """Measure both desks, with the groups of an attribute; whose is not told is left out."""
    group = _GROUPS[attribute]
    not_measured = {
        f"attribute-flip {attribute}": "the model does not see this column",
        "membership lira": "left out by request",
    }
    table = tables.loan_applications()
    model = loan_model.fit(table)
    scored = loan_model.unseen_scores(table)
    answers = [Judged(int(row[OUTCOME]), score, group(row)) for row, score in scored if group(row)]
    told = [
        {**{name: row[name] for name in FEATURES}, attribute: group(row), OUTCOME: row[OUTCOME]}
        for row in loan_model.usable(table)
        if group(row)
    ]
    learned, others = (
        [({name: float(row[name]) for name in FEATURES}, int(row[OUTCOME])) for row in rows]
        for rows in loan_model.parts(table)
    )
    subjects = (
        Artefact(name="loan model", role="model", sha256=model.digest),
        Artefact(name="loan applications", role="dataset", sha256=digest(canonical(told))),
        Artefact(name="unseen answers", role="predictions", sha256=digest(canonical(answers))),
    )
    found = {}
    for desk, cut_off in CUT_OFFS.items():
        about = {"label": OUTCOME, "threshold": cut_off, "favourable": "1"}
        writer = Writer(subjects, MINIMUM, 0, about, draws=False)
        evidence = (
            *of_answers(answers, attribute, cut_off, writer),
            *of_table(told, OUTCOME, (attribute,), writer),
            *of_model(model.approval, learned, others, cut_off, writer),
        )
        found[desk] = EvidenceSet(task="binary", evidence=evidence, not_measured=not_measured)
    groups = Counter(one.group for one in answers)
    return Measured(found, len(answers), dict(sorted(groups.items())))


def impact(cut_off: float, attribute: str = ORIGIN) -> float:
    """Return the smallest selection rate of a group over the largest, counted from the table."""
    group = _GROUPS[attribute]
    approved: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for row, score in loan_model.unseen_scores(tables.loan_applications()):
        if not group(row):
            continue
        asked[group(row)] += 1
        approved[group(row)] += float(f"{score:.6f}") >= cut_off
    rates = [approved[name] / asked[name] for name in asked]
    return min(rates) / max(rates)


def passport(desk: str, found: EvidenceSet, key: Signer, *, id: str, now: datetime) -> bytes:  # noqa: A002
    """Return the signed passport of a desk."""
    body = files("faifo.demo").joinpath("data/credit-desk.toml").read_bytes()
    about = read_description(body)
    about = msgspec.structs.replace(about, name=f"{about.name}, approval from {CUT_OFFS[desk]:g}")
    return sign(build(about, found, id=id, did=key.id.partition("#")[0], now=now), key)


def _origin(row: Application) -> str:
    """Return the group as the table has it: black, hispan, or else white."""
    if row["black"] == "1":
        return "Black"
    return "Hispanic" if row["hispan"] == "1" else "White"


def _sex_and_age(row: Application) -> str:
    """Return the group as the table has it; older: over the median age of the area."""
    if not row["male"]:
        return ""
    age = "older" if row["old"] == "1" else "younger"
    return f"{age} {'men' if row['male'] == '1' else 'women'}"


_GROUPS: Final[dict[str, Callable[[Application], str]]] = {
    ORIGIN: _origin,
    SEX_AND_AGE: _sex_and_age,
}
