"""Tables of levels and entries of the register go between nodes as warnings do, and count there."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import Any

import msgspec
import pytest
from tests.conftest import Refused
from warned import subscribed

import commanding
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
    command = (commanding.faifo(), "mission", *words, "--json", "--dir", str(node.path))
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


EVIDENCE = {
    "agreement": ("urn:nothing", "missing"), "drill": ("urn:nothing", "missing"),
    "badges": ("A course", "missing"), "receipt": ("urn:nothing", "missing"),
    "dataset": ("rice", "found"), "document": ("https://example.org/report", "elsewhere"),
}  # fmt: skip
TERMS = """
allow:
  - do: use
    named: urn:faifo:register:{did}:schools-online#rule
    if: {{purpose: research}}
"""


async def test_evidence_is_looked_up_and_a_rule_cites_an_entry(pair: Any, tmp_path: Any) -> None:
    ministry, reader = pair
    (tmp_path / "terms.yaml").write_text(TERMS.format(did=ministry.did))
    file = ministry.path.with_name(f"{ministry.path.name}-data") / "rice.csv"
    file.write_text("a\n1\n")
    command = (
        *(commanding.faifo(), "publish", str(file)),
        *("--id", "rice", "--terms", str(tmp_path / "terms.yaml"), "--dir", str(ministry.path)),
    )
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    (agreement,) = (await reader.call("GET", "/agreements?dataset=commitments"))["items"]
    drill = {"kind": "commitments", "dataset": "commitments", "content": {**ENTRY, "id": "drill"},
             "tlp": "CLEAR", "confirmed": True, "exercise": True}  # fmt: skip
    held = await ministry.call("POST", "/notices", drill)
    named = [
        *({"kind": kind, "ref": ref, "at": "2026-01-02"} for kind, (ref, _) in EVIDENCE.items()),
        {"kind": "agreement", "ref": agreement["id"], "at": "2026-01-02"},
        {"kind": "receipt", "ref": agreement["id"], "at": "2026-01-02"},
        {"kind": "drill", "ref": held["id"], "at": "2026-01-02"},
    ]
    await sent(ministry, "commitments", {**ENTRY, "evidence": named})

    async def entry(node: Any) -> Any:
        found = (await node.call("GET", "/register"))["items"]
        (one,) = [it for it in found if it["progress"]["id"] == "schools-online"]
        return one

    mine = await entry(ministry)
    states = [one["state"] for one in mine["evidence"]]
    assert states == [*(state for _, state in EVIDENCE.values()), "found", "found", "found"]
    assert mine["cited_by"] == ["rice"]
    # The reader has other books: what is in them is found there, and no more.
    theirs = await entry(reader)
    assert [one["state"] for one in theirs["evidence"]][-3:] == ["found"] * 3
    assert theirs["evidence"][4]["state"] == "missing"
    assert theirs["cited_by"] == []
    # The rule stands in what is agreed, and so in what a receipt is about.
    order = {"node": ministry.did, "dataset": "rice", "purpose": "research"}
    begun = await reader.call("POST", "/negotiations", order)
    done = await reader.settled(f"/negotiations/{begun['pid']}", "FINALIZED")
    agreed = await reader.call("GET", f"/agreements/{done['agreement']}")
    assert agreed["document"]["permission"][0]["@id"].endswith(":schools-online#rule")


async def test_a_day_that_is_none_is_refused(pair: Any) -> None:
    _, reader = pair
    with pytest.raises(Refused, match="such as 2026-11-01"):
        await reader.call("GET", "/register/changes?since=yesterday")


OWN = """
id = "roads"
title = { en = "All roads mapped" }
source = "a report"
said = 2026-01-01
who = "a ministry"
status = "committed"
"""


async def test_own_entries_need_nobody_who_subscribed(pair: Any) -> None:
    _, reader = pair
    folder = reader.path / "register"
    folder.mkdir()
    (folder / "roads.toml").write_text(OWN)
    found = (await reader.call("GET", "/register"))["items"]
    own = [one["progress"]["id"] for one in found if one["progress"]["by"] == reader.did]
    assert own == ["roads"]
    catalog = await reader.call("GET", "/register/catalog")
    names = {one["@id"] for one in catalog["dcat:dataset"]}
    assert f"urn:faifo:register:{reader.did}:roads" in names
    for wrong, why in ((OWN.replace("said", "says"), "roads.toml"), (OWN + "#" * 300_000, "over")):
        (folder / "roads.toml").write_text(wrong)
        with pytest.raises(Refused, match=why):
            await reader.call("GET", "/register")
