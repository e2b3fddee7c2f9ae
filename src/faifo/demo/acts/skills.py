"""A badge crosses a border: proven, given a level there, refused when forged or revoked; counts.

The vacancies are invented; they show what is hidden, and that the total tells nothing of it.
"""

from __future__ import annotations

from typing import Final

from faifo.client import Client
from faifo.demo.authorities import settings
from faifo.demo.cast import Entry, found_node, organisations
from faifo.demo.stage import Stage, settled
from faifo.errors import NotProvenError
from faifo.kinds.skill_levels import SKILL_LEVELS
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer
from faifo.node.membership.authority import write_programme
from faifo.register.progress import shipped
from faifo.skills.badge import TYPE
from faifo.skills.demand import published
from faifo.skills.levels import bundled

ENTRIES: Final[tuple[Entry, ...]] = (
    ("haneul", "Haneul Training Centre (fictional)", "KR"),
    ("song-cau", "Song Cau Works (fictional)", "VN"),
)
COOKS: Final = {"15-29": 4, "30-64": 62, "65+": 31}
WHERE: Final = ("5120", "Đà Nẵng", "2026-10")


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("skills")
    centre, employer = await _up(stage)
    with tell.step("skills.issued") as facts:
        made = await centre.issue_badge(
            {
                "name": tell.phrase("skills.badge"),
                "description": tell.phrase("skills.description"),
                "criteria": tell.phrase("skills.criteria"),
                "alignment": [{"framework": "CEFR", "code": "B2"}],
            },
            name=tell.phrase("skills.holder"),
        )
        facts["size"] = tell.size(len(made.file))
    with tell.step("skills.checked") as facts:
        found = await employer.check_badge(made.file, economy="VN")
        (level,) = found.levels
        stage.ensure(level.level == "Bậc 4", "level-here", level.level)
        facts.update(name=found.name, by=found.issuer_name)
    table = SKILL_LEVELS.title(bundled()[0].content, tell.lang)
    tell.quote(tell.phrase("skills.level", code=level.code, level=level.level, table=table))
    tell.typed("skills check badge.json --level VN --dir song-cau")
    with tell.step("skills.none"):
        none = await employer.check_badge(made.file, economy="JP")
        stage.ensure(not none.levels, "no-mapping", none.levels)
    with tell.step("skills.forged"):
        signed, comma, rest = made.file.rpartition('",')
        why = await _why(stage, employer, signed[:-8] + "A" * 8 + comma + rest)
        stage.ensure("Open Badges 3.0 §8" in why, "forged-badge", why)
    tell.quote(why, good=False)
    with tell.step("skills.revoked"):
        await centre.revoke_badge(made.badge.id, reason="demo")
        why = await settled(lambda: _why(stage, employer, made.file), lambda said: said)
        stage.ensure(bool(why), "revoked-badge", why)
    tell.quote(why, good=False)
    _counted(stage)
    _followed(stage)


async def _up(stage: Stage) -> tuple[Client, Client]:
    centre, employer = organisations(stage.cast.root, ENTRIES)
    for side in (centre, employer):
        found_node(side, settings(side, cache_seconds=1, authority=side is centre))
        stage.tell.note("opening.side", name=side.name, economy=side.economy, did=side.did)
    write_programme(centre.folder, name=centre.name, economy=centre.economy)
    add_issuer(employer.directory.trust, TrustedIssuer(did=centre.did, types=(TYPE,)))
    with stage.tell.step("skills.up"):
        await stage.start(centre, employer)
    return stage.clients[centre.nick], stage.clients[employer.nick]


async def _why(stage: Stage, employer: Client, badge: str) -> str:
    """Return why a badge is not proven; empty where it is."""
    try:
        await employer.check_badge(badge)
    except NotProvenError as error:
        return error.sentence(stage.tell.lang)
    return ""


def _counted(stage: Stage) -> None:
    tell = stage.tell
    with tell.step("skills.counted") as facts:
        counts = {(*WHERE, age): number for age, number in COOKS.items()}
        cells = {cell.age: cell.value for cell in published(counts, "VN")}
        shown = {age: value for age, value in cells.items() if value is not None}
        stage.ensure(cells["15-29"] is None and cells["65+"] is None, "small-is-hidden", cells)
        facts.update(hidden=len(cells) - len(shown))
    hidden = tell.phrase("skills.hidden")
    tell.quote(" · ".join(f"{age}: {shown.get(age, hidden)}" for age in cells))


def _followed(stage: Stage) -> None:
    tell = stage.tell
    with tell.step("skills.followed") as facts:
        facts["count"] = len(list(shipped(tell.lang)))
    tell.typed("mission --progress")
