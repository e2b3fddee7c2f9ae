"""The room of one learner: a node to try things with, the school's node, and a desk with files."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from faifo import clock, ids
from faifo.api.datasets import Publication
from faifo.client import Client
from faifo.demo import credit
from faifo.demo.acts.warning import scam
from faifo.demo.cast import Entry, Organisation, found_node, organisations, settings_of
from faifo.demo.children import Children
from faifo.demo.stage import NODE
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.keyring import ensure_key, read_keyring
from faifo.node.custody.trust_file import (
    TrustedIssuer,
    TrustedParticipant,
    add_issuer,
)
from faifo.node.membership.authority import write_programme
from faifo.phrases import say
from faifo.policy.terms import Terms
from faifo.running import running
from faifo.skills.badge import TYPE
from faifo.trust.keys import KeyPurpose

ENTRIES: Final[tuple[Entry, ...]] = (
    ("school", "Song Thu School (fictional)", "VN"),
    ("mine", "My node (for trying)", "VN"),
)
PURPOSE: Final = "education"
DESKS: Final = ("strict", "lenient")
RICE: Final = "province,tonnes\nAn Giang,4100\nCan Tho,1300\n"
PEOPLE: Final = "name,telephone\nTran Thi Lan,0900000001\nLe Van Hoa,0900000002\n"
SERVICE: Final = "http://127.0.0.1:9"
"""Where the models would answer: they are judged here, and never asked."""
SCORES: Final = "lesson,passed\ntable,41\nrefusal,38\n"


class Room:
    """Both nodes and the learner's desk; `nodes` is a folder that is thrown away."""

    def __init__(self, nodes: Path, desk: Path, children: Children) -> None:
        self.desk, self._nodes, self._children = desk, nodes, children
        self._opened: list[Client] = []
        self.answer = ""
        self.notice = ""
        self._school, self._mine = organisations(nodes, ENTRIES)

    @property
    def directory(self) -> Path:
        """Where the learner's node is."""
        return self._mine.folder

    async def open(self, lang: str) -> None:
        """Start both nodes, and set out what the lessons need."""
        taught = self._nodes / "taught"
        taught.mkdir()
        self._found(self._school, taught, self._mine)
        self._found(self._mine, self.desk, self._school)
        for name, text in (("rice.csv", RICE), ("people.csv", PEOPLE)):
            (self.desk / name).write_text(text, encoding="utf-8")
        (self.desk / "scores.csv").unlink(missing_ok=True)
        (taught / "scores.csv").write_text(SCORES, encoding="utf-8")
        self.school = await self._start(self._school)
        self.mine = await self._start(self._mine)
        await self._teach(taught, lang)

    async def close(self) -> None:
        for client in self._opened:
            await client.__aexit__(None, None, None)

    def _found(self, side: Organisation, shared: Path, other: Organisation) -> None:
        settings = settings_of(side, root=shared)
        issues = side is self._school
        if issues:
            settings += "\n[credentials]\nissuer = true\n"
        trusted = TrustedParticipant(did=other.did, name=other.nick, economy=other.economy)
        found_node(side, settings, (trusted,))
        if issues:
            write_programme(side.folder, name=side.name, economy=side.economy)
            ensure_key(side.directory.keys, KeyPurpose.CREDENTIAL)
        else:
            add_issuer(side.directory.trust, TrustedIssuer(did=other.did, types=(TYPE,)))

    async def _start(self, side: Organisation) -> Client:
        child = self._children.start(NODE, side.folder)
        found = await child.ready(partial(running, side.folder))
        client = Client(found.manage_url, side.directory.read_manage_key())
        self._opened.append(client)
        return client

    async def _teach(self, taught: Path, lang: str) -> None:
        """Publish the school's tables and models, and warn of a scam."""
        terms = Terms(until=clock.now() + timedelta(days=365), purposes=(PURPOSE,))
        scores = taught / "scores.csv"
        await self.school.publish(
            Publication(id="scores", location=str(scores), title="Scores", terms=terms)
        )
        ring = read_keyring(self._school.directory.keys, did=self._school.did)
        keys = CurrentKeys(self._school.directory.keys, did=self._school.did, started=ring)
        measured = await asyncio.to_thread(credit.measure)
        # A second ago, so that the two clocks of one machine cannot disagree about it.
        now = clock.now() - timedelta(seconds=1)
        for desk in DESKS:
            signed = credit.passport(
                desk, measured.desks[desk], keys.passport(), id=ids.new_urn(now), now=now
            )
            await self.school.publish(
                Publication(
                    id=f"loans-{desk}",
                    location=f"{SERVICE}/{desk}",
                    title=say("course.model", lang),
                    terms=terms,
                    passport=signed.decode(),
                )
            )
        await self.school.publish(Publication(id="alerts", carries="warnings", title="Alerts"))
        await self.mine.negotiate("school", "alerts")
        sent = await self.school.send_notice(
            kind="warnings", dataset="alerts", content=scam(), tlp="GREEN", within=86_400,
            confirmed=True,
        )  # fmt: skip
        self.notice = sent.id
