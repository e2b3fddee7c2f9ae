"""The kind `ai-incidents`: a report with the criteria of the OECD's common reporting framework.

Towards a common reporting framework for AI incidents (OECD, February 2025,
DOI 10.1787/f326d4ac-en): 29 criteria in 8 dimensions, 7 of them mandatory. The names are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from faifo.ai.passport.records import Moment
from faifo.kinds.kind import Kind, Pairs
from faifo.phrases import say

Line = Annotated[str, Meta(min_length=1, max_length=300)]
Words = Annotated[str, Meta(max_length=2000)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Severity = Literal["hazard", "serious-hazard", "incident", "serious-incident", "disaster"]
SERIOUS: Final = frozenset({"serious-incident", "disaster"})
FINAL: Final = ("cause", "corrective", "preventive")


class Incident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first seven are mandatory. `passports`: the SHA-256 of the AI passports it is about.

    `relation` is how the AI system relates to what happened; `supporting` is material that supports
    the report, as references; `aware_at` when the submitter knew.
    """

    title: Line
    description: Annotated[str, Meta(min_length=1, max_length=8000)]
    relation: Annotated[str, Meta(min_length=1, max_length=2000)]
    submitter: Line
    supporting: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=20)]
    severity: Severity
    harm_types: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=20)]
    passports: Annotated[tuple[Digest, ...], Meta(max_length=10)] = ()
    aware_at: Moment | None = None
    occurred: Words = ""
    countries: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    system: Words = ""
    parties: Words = ""
    quantification: Words = ""
    wrongful_use: Words = ""
    stakeholders: Words = ""
    rights_impact: Words = ""
    principles: Words = ""
    industry: Words = ""
    business_function: Words = ""
    critical_function: Words = ""
    breadth: Words = ""
    training_data: Words = ""
    model: Words = ""
    usage_rights: Words = ""
    several_systems: Words = ""
    task: Words = ""
    autonomy: Words = ""
    actions_taken: Words = ""
    steps: Words = ""
    additional: Words = ""


_NOT_TEXT: Final = frozenset({"severity", "passports", "aware_at"})


def _texts(incident: Incident) -> Iterator[tuple[str, str]]:
    for name in incident.__struct_fields__:
        if name in _NOT_TEXT:
            continue
        value = getattr(incident, name)
        values = value if isinstance(value, tuple) else (value,)
        yield from ((name, one) for one in values if one)


def _view(incident: Incident, lang: str) -> Pairs:
    yield "severity", say(f"kinds.incident.{incident.severity}", lang)
    for name in incident.__struct_fields__:
        value = getattr(incident, name)
        if name not in {"title", "severity"} and value:
            yield (
                name.replace("_", " "),
                "; ".join(value) if isinstance(value, tuple) else str(value),
            )


AI_INCIDENTS = Kind(
    name="ai-incidents",
    media_types=("application/vnd.in-toto+json",),
    content=Incident,
    check=lambda _: None,
    texts=_texts,
    title=lambda incident, _: incident.title,
    view=_view,
    about=lambda incident: incident.passports,
    stops=lambda incident: incident.severity in SERIOUS,
)
