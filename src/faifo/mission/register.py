"""The register as a dataset: a row for each thing that was asked for, in one language.

The same rows are printed by `faifo mission`, written as JSON and CSV, and can be published: the
demo shares them as its first dataset.
"""

from __future__ import annotations

import csv
import io

import msgspec

from faifo.mission import Asked, asked, days, told
from faifo.phrases import say


class Row(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from"}):
    """`quote`: the report's own words, at most 15 in each part; empty where we have none.

    `since` and `until`: days of the meeting, ISO 8601; `until` is empty where it goes on.
    `status`: the report's own verb. `served_by`: what of Faifo is there today.
    """

    id: str
    asked: str
    quote: str
    source: str
    since: str
    until: str
    who: str
    status: str
    served_by: str
    not_yet: str
    pages: str


def rows(lang: str) -> tuple[Row, ...]:
    """Return the register in a language, by meeting."""
    return tuple(_row(one, lang) for one in asked())


def _row(one: Asked, lang: str) -> Row:
    since, until = days(one.meeting)
    who = f"mission.by.{one.by}" if one.by else f"mission.body.{one.meeting}"
    return Row(
        id=one.id,
        asked=one.text(lang),
        quote="; ".join(one.words),
        source=say("mission.source", lang, meeting=say(f"mission.meeting.{one.meeting}", lang)),
        since=since,
        until=until,
        who=say(who, lang),
        status=say(f"mission.verb.{one.verb}", lang),
        served_by=one.served(lang),
        not_yet=told(one.lacking, lang),
        pages="; ".join(f"docs/{page}" for page in one.see),
    )


def as_csv(lang: str) -> str:
    """Return the register as CSV: a head, then a line for each row; RFC 4180 but for LF."""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(Row.__struct_encode_fields__)
    writer.writerows(msgspec.structs.astuple(row) for row in rows(lang))
    return body.getvalue()
