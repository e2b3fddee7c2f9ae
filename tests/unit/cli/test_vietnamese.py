"""Under `--lang vi` nothing that a person reads of a small real node is English."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from faifo.cli.choices import Choices

Pair = Any

# Commands to type, quoted text, what is no word (paths, ids, addresses, codes, states), and offered
# constraints, which the reasons of a comparison still quote as the policy has them.
ASIDE = re.compile(
    r"faifo .*|\b\w+ (?:eq|lteq|gteq|isAnyOf) |'[^']*'|\S*[/:._\d@#-]\S*|\b[A-Z][A-Za-z]*[A-Z]\w*\b"
)
WORDS = re.compile(r"[a-z]+", re.I)
ENGLISH = frozenset(
    """
    the is are was were not nothing none of and with for from this that there here its has have had
    cannot does only until since answered received sent permitted refused waiting event decision
    message published withdrawn ended active pending created state size title role peer partner
    terms reason key purpose dataset datasets agreement negotiation transfer location deadline
    description keywords licence data passport decided valid outcome kind issuer risk evidence yes
    ok note fault name economy trusted last expected error unknown missing file folder directory
    node running started stopped served fetched access method path status bytes range why version
    usage options commands try see
    """.split()  # noqa: SIM905
)


def english(text: str) -> list[str]:
    """Return the English words of the list that stand in what is read."""
    return [word for word in WORDS.findall(ASIDE.sub(" ", text)) if word.lower() in ENGLISH]


@pytest.fixture
def viet(faifo: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a verb in Vietnamese, as on a terminal, and look at all that it says."""
    monkeypatch.setattr(Choices, "label", _strict)

    def call(*words: Any, code: int = 0) -> str:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        ran = faifo(*words, "--lang", "vi")
        assert ran.code == code, ran.err
        said: str = ran.out + ran.err
        assert english(said) == [], said
        return said

    return call


def _strict(choices: Choices, name: str) -> str:
    """Return a label; one that is missing is an error here."""
    return choices.say(f"label.{name.replace(' ', '-').replace('_', '-')}")


def test_every_verb_of_a_real_node_speaks_vietnamese(
    pair: Pair, faifo: Any, viet: Any, tmp_path: Path
):
    provider, consumer = pair
    ours, theirs = ("--dir", consumer.directory), ("--dir", provider.directory)
    source = provider.directory.parent / "gạo.csv"
    source.write_bytes(b"a,b\n1,2\n" * 500)
    viet(
        "publish", source, "--id", "gạo", "--purpose", "research", "--until", "2030-12-31", *theirs
    )
    viet("catalog", "provider", *ours)
    viet("get", "provider", "gạo", "--purpose", "research", "-o", tmp_path / "x", *ours)
    for kind in ("datasets", "negotiations", "agreements", "transfers", "partners"):
        for where in (ours, theirs):
            viet("list", kind, *where)
    assert "bên cung cấp" in viet("list", "transfers", *theirs)
    for kind in ("negotiations", "agreements", "transfers"):
        for where in (ours, theirs):
            for one in faifo("list", kind, *where, "--json").json():
                viet("show", one.get("pid") or one["id"], *where)
    assert "bộ dữ liệu được công bố" in viet("show", "gạo", *theirs)
    viet("exchange", "terminate", "urn:x", *ours, code=4)
    viet("show", "urn:x", *ours, code=4)
    viet("trust", "list", *ours)
    viet("trust", "remove", "Nobody", *ours, code=4)
    viet("credentials", "list", *ours)
    viet("credentials", "offers", *ours)
    viet("node", "keys", "list", *ours)
    viet("doctor", *ours)
    viet("doctor", "provider", *ours)
    viet("node", "config", "check", *ours)
    viet("backup", tmp_path / "backup", *ours)
    viet("ai", "decisions", *ours)
    viet("unpublish", "gạo", "--yes", *theirs)
    viet("unpublish", "gạo", "--yes", *theirs, code=4)
    viet("node", "logs", *ours, code=4)
    viet("init", tmp_path / "new", "--port", "8099")
    viet("authority", "init", "--dir", tmp_path / "new", "--economy", "VN")
    viet("authority", "members", "list", "--dir", tmp_path / "new")
    viet("catalog", "x", "--dir", tmp_path / "new", code=5)
    viet("catalog", "x", "--dir", tmp_path / "nowhere", code=2)
