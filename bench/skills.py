"""Badges between two nodes and against one status list; labour demand of many vacancies."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.figures import BenchError, Effort, Figure, Part
from bench.nodes import Node, make_home, serving
from bench.presented import make_key
from faifo import clock
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer, write_trust
from faifo.node.membership.authority import write_programme
from faifo.skills import badge as badges
from faifo.trust.dcp.lists import write_status_list
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.status import check_status
from faifo.trust.dcp.status_list import MIN_BITS, StatusEntry, StatusRules, read_status_list
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose

MILLISECONDS, A_SECOND, SECONDS, GB = 50.0, 2000.0, 10.0, 1.0
ACHIEVEMENT = {
    "name": "Share a table safely", "description": "D", "criteria": "C",
    "alignment": [{"framework": "CEFR", "code": "B2"}],
}  # fmt: skip
FLOWS = 20
ISSUER, LIST = "did:web:centre.example", "https://centre.example/status/vc20-revocation"
# A full run is one that moves a gibibyte elsewhere.
FULL = 1024**3


async def run(effort: Effort, folder: Path) -> Part:
    full = effort.big_bytes >= FULL
    many, rows = (10_000, 10_000_000) if full else (1_000, 1_000_000)
    part = Part(name="skills", title="Badges, and labour demand as counts")
    crossed = await _crossed(folder, effort.rounds)
    checked = [_checked(_badges(many)) for _ in range(effort.rounds)]
    counted = [_counted(folder, rows) for _ in range(effort.rounds)]
    part.figures = [
        Figure(name="a badge issued by one node and verified by another", unit="ms",
               values=crossed, target=MILLISECONDS),
        Figure(name="badges checked against one status list, one core", unit="/s",
               values=checked, target=A_SECOND, better="more"),
        Figure(name=f"{rows:,} vacancies counted and suppressed", unit="s",
               values=[one["seconds"] for one in counted], target=SECONDS),
        Figure(name="memory at its peak, of that", unit="GB",
               values=[one["gb"] for one in counted], target=GB),
    ]  # fmt: skip
    part.notes.append(
        f"{FLOWS} badges a round, one after the other, as JWTs; the issuer's DID document and list"
        f" are at hand after the first. {many:,} different badges are read, proven and looked up in"
        " one list. The vacancies are spread over 436 occupations (as many as ISCO-08 has unit"
        " groups), 63 regions and 12 months, in Parquet; the clock runs beside all other load."
    )
    return part


async def _crossed(folder: Path, rounds: int) -> list[float]:
    (folder / "data").mkdir(parents=True)
    issues = "\n[credentials]\nissuer = true\n"
    centre = make_home(folder, "centre", lambda text: text + issues)
    checker = make_home(folder, "checker")
    for home in (centre, checker):
        write_trust(home.path / "trust.toml", ())
    write_programme(centre.path, name="Centre", economy="KR")
    add_issuer(
        checker.path / "trust.toml", TrustedIssuer(did=centre.did, types=(badges.TYPE,))
    )  # fmt: skip
    with serving(centre) as first, serving(checker) as second:
        await _flows(first, second)
        return [await _flows(first, second) for _ in range(rounds)]


async def _flows(centre: Node, checker: Node) -> float:
    """Return the milliseconds of one badge, from the order to the verdict."""
    order = {"achievement": ACHIEVEMENT, "name": "Lan"}
    async with centre.connection() as desk, checker.connection() as reader:
        begun = time.perf_counter()
        for _ in range(FLOWS):
            made = await desk.json("POST", "/manage/v1/skills/badges", order)
            asked = {"badge": made["file"], "economy": "VN"}
            found = await reader.json("POST", "/manage/v1/skills/checks", asked)
            if len(found["levels"]) != 1:
                raise BenchError(f"no level: {found}")
        return (time.perf_counter() - begun) * 1000 / FLOWS


def _badges(many: int) -> tuple[list[bytes], Any, Any]:
    """Return badges, the issuer's DID document, and its list, of which no bit is set."""
    now = clock.now()
    key = make_key(ISSUER, KeyPurpose.CREDENTIAL)
    document = read_did_document(write_did_document(ISSUER, [key], []), did=ISSUER)
    achievement = badges.Achievement(name="A", description="D", criteria="C")
    made = []
    for index in range(many):
        entry = StatusEntry(
            type="BitstringStatusListEntry", purpose="revocation", index=index, url=LIST
        )  # fmt: skip
        body = badges.body_of(
            achievement, id=f"urn:bench:{index}", issuer=ISSUER, issuer_name="Centre", holder=(),
            valid_from=now, valid_until=now + timedelta(days=30), entries=(entry,),
        )  # fmt: skip
        made.append(badges.secure(body, "jose", key, now=now))
    text = write_status_list(
        bytes(MIN_BITS // 8), url=LIST, purpose="revocation", profile=Profile.VC20, issuer=ISSUER,
        key=key, now=now, lifetime=timedelta(hours=1),
    )  # fmt: skip
    return made, document, read_status_list(text.encode(), url=LIST)


def _checked(given: tuple[list[bytes], Any, Any]) -> float:
    """Return how many of the badges are checked in a second of one core."""
    made, document, found = given
    rules, now = StatusRules(), clock.now() + timedelta(seconds=1)
    begun = time.process_time()
    for data in made:
        badge = badges.read_badge(data)
        badges.prove(badge, document, now=now)
        for one in badge.statuses():
            check_status(one, found, document, rules=rules, now=now)
    return len(made) / (time.process_time() - begun)


def _counted(folder: Path, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.counted", str(rows), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
