"""Tables of levels and entries of the register go between nodes as warnings do, and count there."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from tests.conftest import Refused
from warned import subscribed

from faifo.skills.levels import bundled

ENTRY = {
    "id": "schools-online", "title": {"en": "All schools online"}, "source": "a report",
    "said": "2026-01-01", "who": "a ministry", "status": "committed",
}  # fmt: skip


@pytest.fixture
async def pair(make_node: Any):
    """A ministry with both datasets, and who subscribed to them."""
    ministry, reader = make_node("vn"), make_node("kr")
    ministry.trust(reader.did)
    reader.trust(ministry.did)
    await asyncio.gather(ministry.start(), reader.start())
    for kind in ("skill-levels", "commitments"):
        await ministry.call("POST", "/datasets", {"carries": kind, "id": kind})
        await subscribed(ministry, reader, kind)
    return ministry, reader


async def sent(ministry: Any, kind: str, content: Any) -> None:
    """Send a notice, and wait until it has come."""
    order = {"kind": kind, "dataset": kind, "content": content, "tlp": "CLEAR", "confirmed": True}
    done = await ministry.call("POST", "/notices", order)
    report = await ministry.call("GET", f"/notices/{done['id']}/report?wait=60&stage=received")
    assert [line["state"] for line in report["receivers"]] != ["waiting"]


async def told(node: Any, *words: str) -> Any:
    """Return what `faifo mission` says at a node."""
    command = (sys.executable, "-m", "faifo", "mission", *words, "--json", "--dir", str(node.path))
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


async def test_an_entry_of_a_partner_is_followed_and_its_changes_told_by_clause(pair: Any) -> None:
    ministry, reader = pair
    await sent(ministry, "commitments", ENTRY)
    await sent(ministry, "commitments", {**ENTRY, "due": "2027-01-01", "status": "adopted"})
    (row,) = [one for one in await told(reader, "--progress") if one["by"] == ministry.did]
    assert (row["id"], row["status"], row["due"]) == ("schools-online", "adopted", "2027-01-01")
    changed = await told(reader, "--changes", "2026-01-01")
    # The first edition is new, clause by clause; the second changes two.
    assert [(one["clause"], one["before"], one["after"]) for one in changed][-2:] == [
        ("status", "committed", "adopted"), ("due", "", "2027-01-01"),
    ]  # fmt: skip
    assert await told(reader, "--changes", "2099-01-01") == []
    own = await told(ministry, "--progress")
    assert [one["id"] for one in own if one["by"] == ministry.did] == ["schools-online"]


async def test_a_table_of_levels_of_a_partner_is_signed_and_one_with_a_gap_is_not_sent(
    pair: Any,
) -> None:
    ministry, reader = pair
    content = msgspec.to_builtins(bundled()[0].content)
    await sent(ministry, "skill-levels", content)
    (came,) = (await reader.call("GET", "/notices?kind=skill-levels"))["items"]
    assert (came["sender"], came["state"]) == (ministry.did, "open")
    content["levels"] = content["levels"][1:]
    order = {"kind": "skill-levels", "dataset": "skill-levels", "content": content, "tlp": "CLEAR"}
    with pytest.raises(Refused, match="says nothing of A1"):
        await ministry.call("POST", "/notices", order)
