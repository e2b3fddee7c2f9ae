"""The register at a node: entries of its own and of partners, their evidence, and who cites them.

An entry is cited by a rule whose `@id` is the entry's, `urn:faifo:register:DID:ID`, perhaps with a
fragment. Evidence is looked up in this node's books, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal

from faifo import clock
from faifo.ai.passport.said import read_kept
from faifo.api import register as api
from faifo.errors import FaifoError, SettingsError, TooLargeError
from faifo.kinds.commitments import COMMITMENTS, Evidence, read_entry
from faifo.kinds.signed import Notice
from faifo.node.custody.own_tables import read_own
from faifo.phrases import Phrase
from faifo.register.changes import Change, changes, newest
from faifo.register.dcat import BASE, as_dcat
from faifo.register.progress import Edition, progress, shipped
from faifo.skills.badge import TYPE
from faifo.skills.demand import TOTAL, YOUNG, Cell, merged, read_csv
from faifo.store.contract import Store, Transaction
from faifo.store.records import NoticeState, mark_of

FOLDER: Final = "demand"
MAX_EDITIONS: Final = 10_000
MAX_SCANNED: Final = 1000
"""So many datasets are looked through for rules that cite an entry, and badges for evidence."""
DEMAND_BYTES: Final = 16 * 1024 * 1024
SHOWN: Final = 100


ENTRIES: Final = "register"


class Register:
    """The use cases; `folder` is the node's directory."""

    def __init__(self, *, did: str, name: str, folder: Path, store: Store) -> None:
        self._did, self._name, self._folder, self._store = did, name or did, folder, store
        self._read: tuple[tuple[tuple[str, int, int], ...], list[Cell]] = (), []

    async def entries(self, lang: str) -> list[api.RegisterEntry]:
        """Return every entry, in its last edition.

        Raises:
            SettingsError: a file in the folders demand/ and register/ cannot be used.
        """
        cells = await asyncio.to_thread(self._demand)
        own = await asyncio.to_thread(self._own)
        today = clock.now().date()

        async def look(tx: Transaction) -> list[api.RegisterEntry]:
            editions = [*shipped(lang, cells), *newest([*own, *await _editions(tx)])]
            cited = await _cited(tx)
            return [
                api.RegisterEntry(
                    progress=progress(one, lang, today=today),
                    quote=one.entry.quote,
                    source=one.entry.source,
                    action=one.entry.action.get(lang) or one.entry.action.get("en", ""),
                    evidence=tuple([await _looked_up(tx, it) for it in one.entry.evidence]),
                    cited_by=tuple(cited.get(f"{BASE}{one.by}:{one.entry.id}", ())),
                )
                for one in editions
            ]

        return await self._store.read(look)

    async def changes(self, since: date) -> list[Change]:
        """Return what changed in entries of this node and its partners, the oldest first."""
        return list(changes(await self._store.read(_editions), since))

    async def catalog(self, lang: str) -> dict[str, Any]:
        """Return the register for portals that harvest."""
        own = await asyncio.to_thread(self._own)
        editions = [*shipped(lang), *newest([*own, *await self._store.read(_editions)])]
        return as_dcat(editions, publisher=self._did, name=self._name)

    async def demand(self, economy: str) -> api.Demand:
        """Return the counts of an economy, or of all of them where none is named.

        Raises:
            SettingsError: a table in the folder demand/ cannot be used.
        """
        return await asyncio.to_thread(lambda: _demand_of(self._demand(), economy))

    def _own(self) -> list[Edition]:
        """Return the entries in the folder register/, which nobody needs to have subscribed to."""
        expected = "errors.told.commitment.expected"
        return [
            Edition(self._did, datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), entry)
            for path, entry in read_own(self._folder / ENTRIES, read_entry, expected=expected)
        ]

    def _demand(self) -> list[Cell]:
        """Return what the tables in the folder say; they are read again when one has changed."""
        paths = sorted((self._folder / FOLDER).glob("*.csv"))
        try:
            stamps = tuple((one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in paths)
            if self._read[0] != stamps:
                if sum(size for _, _, size in stamps) > DEMAND_BYTES:
                    raise TooLargeError(
                        what=Phrase("errors.told.demand.folder"), limit=DEMAND_BYTES
                    )
                texts = [one.read_text("utf-8") for one in paths]
                self._read = stamps, merged(map(read_csv, texts))
            return self._read[1]
        except (OSError, UnicodeDecodeError, FaifoError) as error:
            raise SettingsError(
                what=Phrase("errors.told.file.unreadable", path=self._folder / FOLDER, why=error),
                expected=Phrase("errors.told.demand.cells"),
            ) from None


def _demand_of(cells: list[Cell], economy: str) -> api.Demand:
    own = [one for one in cells if one.economy != TOTAL]
    chosen = [one for one in own if economy in ("", one.economy)]
    # A row's total counts its ages again.
    ages = [one for one in chosen if one.age != TOTAL]
    months: dict[str, list[Cell]] = {}
    for one in ages:
        months.setdefault(one.month, []).append(one)
    largest = sorted(ages, key=lambda one: -(one.value or 0))
    return api.Demand(
        economies=tuple(sorted({one.economy for one in own})),
        months=tuple(
            api.DemandMonth(
                month=month,
                shown=sum(one.value or 0 for one in of_month),
                young=sum(one.value or 0 for one in of_month if one.age == YOUNG),
                hidden=sum(one.value is None for one in of_month),
            )
            for month, of_month in sorted(months.items())
        ),
        cells=tuple(api.DemandCell(**_plain(one)) for one in largest[:SHOWN]),
        more=max(len(largest) - SHOWN, 0),
    )


def _plain(cell: Cell) -> dict[str, Any]:
    told = cell._asdict()
    return {name: told[name] for name in api.DemandCell.__struct_fields__}


async def _editions(tx: Transaction) -> list[Edition]:
    """Return the entries that went out and came, the oldest first."""
    kept = await tx.notices.find(
        kind=COMMITMENTS.name, state=NoticeState.OPEN, newest_first=True, limit=MAX_EDITIONS
    )
    found = [(one, read_kept(one.envelope, Notice)) for one in reversed(kept)]
    return [
        Edition(notice.sender, one.at.date(), COMMITMENTS.read(notice.content))
        for one, notice in found
    ]


async def _cited(tx: Transaction) -> dict[str, list[str]]:
    """Return the datasets whose rules cite an entry, by the entry's address."""
    found: dict[str, list[str]] = {}
    for one in await tx.datasets.find(withdrawn=None, limit=MAX_SCANNED):
        for name in dict.fromkeys(_names(one.policy)):
            found.setdefault(name, []).append(one.id)
    return found


def _names(policy: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("permission", "prohibition", "obligation"):
        for rule in policy.get(kind, ()):
            name = rule.get("@id") if isinstance(rule, dict) else None
            if isinstance(name, str) and name.startswith(BASE):
                yield name.partition("#")[0]


async def _looked_up(tx: Transaction, one: Evidence) -> api.RegisterEvidence:
    state: Literal["found", "missing", "elsewhere"] = "elsewhere"
    if one.kind != "document":
        state = "found" if await _is_here(tx, one) else "missing"
    return api.RegisterEvidence(kind=one.kind, ref=one.ref, at=one.at, state=state)


async def _is_here(tx: Transaction, one: Evidence) -> bool:
    """Tell whether this node's books hold a piece of evidence.

    A drill is a notice marked as an exercise; badges are one that was issued here, by its id, or
    those of an achievement, by its name; a receipt is a partner's, by its leaf or its agreement.
    """
    if one.kind == "agreement":
        return await tx.agreements.first(id=one.ref) is not None
    if one.kind == "dataset":
        return await tx.datasets.get(one.ref) is not None
    if one.kind == "badges":
        issued = await tx.issued.find(type=TYPE, newest_first=True, limit=MAX_SCANNED)
        return any(one.ref in (badge.id, badge.about) for badge in issued)
    if one.kind == "receipt":
        marked = await tx.peer_receipts.find(mark=mark_of(one.ref))
        return any(receipt.leaf == one.ref for receipt in marked) or (
            await tx.peer_receipts.first(agreement=one.ref) is not None
        )
    if one.kind == "drill":
        kept = await tx.notices.get(one.ref)
        return bool(kept and kept.envelope and read_kept(kept.envelope, Notice).exercise)
    return False
