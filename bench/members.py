"""An authority and its members: nodes that believe credentials only, each in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.figures import BenchError
from bench.nodes import Home, Node, Pair, make_home, serving
from faifo import clock
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer, write_trust
from faifo.node.membership.authority import write_programme

MEMBERSHIP = "MembershipCredential"
ECONOMY = "VN"
# Nobody is watched while it is measured: that would fill the caches that have to be empty.
WATCH_SECONDS = 3600
PATIENCE_SECONDS = 20


class Memory(msgspec.Struct, frozen=True):
    """For how many seconds a member keeps what it looked up: DID documents, and all else."""

    documents: int
    credentials: int


# What faifo.toml has where nobody says otherwise, and the least that it takes.
USUAL, LEAST = Memory(60, 30), Memory(1, 1)


def make_authority(root: Path) -> Home:
    home = make_home(root, "authority", lambda text: _by_credentials(text, USUAL, authority=True))
    write_trust(home.path / "trust.toml", ())
    write_programme(home.path, name="Authority", economy=ECONOMY)
    return home


@contextlib.contextmanager
def members(root: Path, authority: Node, memory: Memory) -> Iterator[Pair]:
    """Make and serve a provider, which may publish from `root/data`, and a consumer."""
    (root / "data").mkdir(parents=True)
    homes = [
        make_home(root, name, lambda text: _by_credentials(text, memory, authority=False))
        for name in ("provider", "consumer")
    ]
    for home in homes:
        trust = home.path / "trust.toml"
        write_trust(trust, ())
        add_issuer(trust, TrustedIssuer(did=authority.home.did, types=(MEMBERSHIP,)))
    with serving(homes[0]) as provider, serving(homes[1]) as consumer:
        yield Pair(provider, consumer)


async def admit(authority: Node, both: Pair) -> None:
    """Admit both and wait until they hold their memberships."""
    async with authority.connection() as desk:
        for member in (both.provider, both.consumer):
            order = {"action": "admit", "did": member.home.did, "claims": {"name": "Member"}}
            await desk.json("POST", "/manage/v1/authority/members", order)
    for member in (both.provider, both.consumer):
        await _holds(member)


async def asked(node: Node) -> int:
    """Return how many requests the public face of `node` has answered."""
    async with node.connection() as connection:
        _, body = await connection.call("GET", "/metrics")
    counts = re.findall(rb'faifo_http_requests_total\{face="public"[^}]*\} (\d+)', body)
    if not counts:
        raise BenchError(f"{node.home.did} counts no requests")
    return sum(map(int, counts))


async def _holds(member: Node) -> None:
    until = clock.monotonic() + PATIENCE_SECONDS
    async with member.connection() as connection:
        while not (await connection.json("GET", "/manage/v1/credentials"))["items"]:
            if clock.monotonic() > until:
                raise BenchError(
                    f"{member.home.did} holds no membership: {member.process.errors()}"
                )
            await asyncio.sleep(0.02)


def _by_credentials(text: str, memory: Memory, *, authority: bool) -> str:
    """Return settings with DCP 1.0 instead of the trust file."""
    section = f'[trust]\nmode = "credentials"\ndocument_cache_seconds = {memory.documents}\n'
    return text.replace("[trust]\n", section) + (
        f"\n[credentials]\nissuer = {str(authority).lower()}\nwatch_seconds = {WATCH_SECONDS}\n"
        f"presentation_cache_seconds = {memory.credentials}\n"
        f"status_cache_seconds = {memory.credentials}\n"
    )
