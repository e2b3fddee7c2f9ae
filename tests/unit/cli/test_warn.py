"""`faifo warn send` with a document of another form: what it says, and what is said beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A STIX bundle of another program, whose report is in one language."""
    report = {
        "type": "report", "spec_version": "2.1", "id": "report--1", "name": "Phishing",
        "description": "Do not log in.", "created": "2026-11-28T12:00:00.000Z",
        "modified": "2026-11-28T12:00:00.000Z", "published": "2026-11-28T12:00:00Z",
        "object_refs": ["indicator--1"],
    }  # fmt: skip
    file = tmp_path / "stix.json"
    file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": [report]}))
    return file


def test_a_text_stands_beside_those_of_other_languages(pair: Any, faifo: Any, campaign: Path):
    provider, consumer = pair
    here = ("--dir", provider.directory)
    assert faifo("publish", "--carries", "warnings", "--id", "alerts", *here).code == 0
    assert faifo("warn", "subscribe", "provider", "alerts", "--dir", consumer.directory).code == 0
    send = ("warn", "send", "alerts", "--stix", campaign, "--kind", "cyber", "--severity", "Severe",
            "--area", "VN", "--until", "2099-12-31", *here)  # fmt: skip
    alone = faifo(*send, "--yes")
    assert alone.code == 2
    assert "give the text in 2 languages at least: --text once for each" in alone.err
    ran = faifo(*send, "--text", "vi=Lừa đảo: Đừng đăng nhập.", "--yes", "--json")
    assert ran.code == 0, (ran.err, ran.out)
    texts = ran.json()["content"]["texts"]
    assert [(one["lang"], one["title"]) for one in texts] == [("en", "Phishing"), ("vi", "Lừa đảo")]
