"""`faifo skills` as people type it, against running nodes: what is printed, and the exit codes."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import commanding
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer
from faifo.node.membership.authority import write_programme

ACHIEVEMENT = """
name = "Nấu ăn"
description = "Nấu được"
criteria = "một kỳ thi"
[[alignment]]
framework = "CEFR"
code = "B2"
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def faifo(*words: Any, lang: str = "en") -> Ran:
    command = (commanding.faifo(), *map(str, words), "--lang", lang)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
async def desk(make_node: Any):
    """A training centre, and an employer that believes its badges; their directories."""
    centre = make_node("centre", extra="\n[credentials]\nissuer = true\n")
    employer = make_node("employer")
    write_programme(centre.path, name="Centre", economy="KR")
    add_issuer(
        employer.path / "trust.toml", TrustedIssuer(did=centre.did, types=("OpenBadgeCredential",))
    )
    await asyncio.gather(centre.start(), employer.start())
    return centre.path, employer.path


async def test_a_badge_is_issued_listed_checked_revoked(desk: Any, tmp_path: Path) -> None:
    centre, employer = desk
    (tmp_path / "a.toml").write_text(ACHIEVEMENT)
    badge = tmp_path / "badge.json"
    ran = await faifo(
        "skills", "issue", tmp_path / "a.toml", "--to", "Lan", "-o", badge, "--dir", centre
    )
    assert ran.code == 0, ran.err
    assert "How it stands, for anybody: http://" in ran.out
    ran = await faifo("skills", "list", "--dir", centre, "--json")
    (kept,) = json.loads(ran.out)
    assert (kept["name"], kept["status"]) == ("Nấu ăn", "active")
    ran = await faifo("skills", "check", badge, "--level", "vn", "--dir", employer, lang="vi")
    assert "Đã chứng minh: Nấu ăn, do centre cấp." in ran.out
    assert "CEFR B2 là Bậc 4 (Trung cấp, bậc 4)" in ran.out
    names = [line.partition("  ")[0] for line in ran.out.splitlines()[1:5]]
    assert names == ["bên phát hành", "cấp lúc", "hết hạn lúc", "cách ký"]
    ran = await faifo("skills", "check", badge, "--level", "JP", "--dir", employer)
    assert "No mapping in JP: the badge names CEFR B2; there are tables for nothing." in ran.out
    ran = await faifo("skills", "check", badge, "--holder", "Hoa", "--dir", employer)
    assert (ran.code, "not of the person asked for" in ran.err) == (6, True)
    ran = await faifo("skills", "revoke", kept["id"], "--dir", centre)
    assert ran.code == 0, ran.err
    ran = await faifo("skills", "revoke", kept["id"], "--dir", centre)
    assert ran.code == 7


async def test_what_is_missing_is_said(desk: Any, tmp_path: Path) -> None:
    centre, _ = desk
    (tmp_path / "a.toml").write_text(ACHIEVEMENT)
    issue = ("skills", "issue", tmp_path / "a.toml", "-o", tmp_path / "b.json", "--dir", centre)
    ran = await faifo(*issue)
    assert (ran.code, "nobody is named who gets the badge" in ran.err) == (2, True)
    (tmp_path / "a.toml").write_text("name = ")
    assert (await faifo(*issue, "--to", "Lan")).code == 2
    assert not (tmp_path / "b.json").exists()


async def test_counts_and_entries_need_no_node(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    rows = "occupation,region,date,age\n" + "5120,Huế,2026-10-01,20\n" * 40
    (tmp_path / "rows.csv").write_text(rows + "cook,Huế,2026-10-01,20\n")
    out, both = tmp_path / "vn.csv", tmp_path / "all.parquet"
    ran = await faifo("skills", "demand", tmp_path / "rows.csv", "--economy", "VN", "-o", out)
    assert "2 counts in" in ran.out
    assert "rows left out: 1" in ran.out
    kr = tmp_path / "kr.csv"
    kr.write_text(out.read_text().replace("VN,", "KR,"))
    ran = await faifo("skills", "demand", "--merge", out, kr, "-o", both)
    assert ran.code == 0, ran.err
    import polars as pl

    total = pl.read_parquet(both).filter(pl.col("economy") == "_T", pl.col("age") == "15-29")
    assert total["value"].to_list() == [80]
    ran = await faifo("skills", "demand", "--merge", out, kr, "--sdmx")
    assert ran.out.startswith("STRUCTURE,STRUCTURE_ID,ACTION,")
    kr.write_text(kr.read_text().replace(",40,", ",5,"))
    ran = await faifo("skills", "demand", "--merge", out, kr)
    assert (ran.code, "under its minimum" in ran.err) == (3, True)
    entry = tmp_path / "entry.toml"
    entry.write_text(
        'id = "x"\ntitle = { vi = "Một lời hứa" }\nsource = "s"\nsaid = 2026-01-01\nwho = "w"\n'
        'status = "cam kết"\n'
    )
    ran = await faifo("mission", "--entry", entry, lang="vi")
    assert "Một lời hứa" in ran.out
    assert "chưa có chỉ số" in ran.out
