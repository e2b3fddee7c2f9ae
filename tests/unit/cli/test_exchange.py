"""Two real nodes, as a new user meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

Pair = Any

GET = ("get", "--purpose", "research", "provider")


@pytest.fixture
def published(pair: Pair, faifo: Any, tmp_path: Path) -> str:
    provider, _ = pair
    name = tmp_path.name
    source = provider.directory.parent / f"{name}.csv"
    source.write_bytes(b"a,b\n1,2\n" * 50_000)
    ran = faifo(
        "publish", source, "--id", name, "--purpose", "research", "--dir", provider.directory
    )
    assert ran.code == 0, ran.err
    return name


def test_catalog_get_show(pair: Pair, faifo: Any, published: str, tmp_path: Path):
    _, consumer = pair
    ran = faifo("catalog", "provider", "--dir", consumer.directory, "--json")
    assert published in [one["id"] for one in ran.json()["datasets"]]
    ran = faifo(*GET, published, "-o", tmp_path / "x", "--dir", consumer.directory)
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "x").read_bytes() == b"a,b\n1,2\n" * 50_000
    ran = faifo("list", "transfers", "--limit", 1, "--dir", consumer.directory, "--json")
    transfer = ran.json()[0]
    assert transfer["state"] == "COMPLETED"
    ran = faifo("show", transfer["pid"], "--dir", consumer.directory)
    assert "sent TransferCompletionMessage" in ran.out
    assert "TransferStartMessage" in ran.out


def test_a_catalog_can_be_narrowed(pair: Pair, faifo: Any, published: str):
    _, consumer = pair

    def shown(*more: Any) -> list[str]:
        ran = faifo("catalog", *more, "--dir", consumer.directory, "--json")
        assert ran.code == 0, ran.err
        found = ran.json()
        catalogs = found if isinstance(found, list) else [found]
        return [one["id"] for catalog in catalogs for one in catalog["datasets"]]

    assert shown("provider", "--where", f"id = {published}") == [published]
    assert shown("provider", "--where", f"id = {published}", "--where", "size > 99999999") == []
    assert shown("--where", f"title contains {published.upper()}") == [published]
    assert shown("--search", f"{published} csv") == [published]
    ran = faifo("catalog", "provider", "--where", "colour = red", "--dir", consumer.directory)
    assert ran.code != 0
    assert "'colour'" in ran.err
    assert "mediaType" in ran.err


def test_properties_of_one_s_own(pair: Pair, faifo: Any, published: str):
    provider, consumer = pair
    location, name = provider.directory.parent / f"{published}.csv", f"{published}-own"
    own = ("--property", "season=wet", "--property", "rank=7")
    ran = faifo("publish", location, "--id", name, *own, "--dir", provider.directory)
    assert ran.code == 0, ran.err
    there = ("--dir", consumer.directory)
    for condition in ("properties.season = wet", "properties.rank > 6"):
        ran = faifo("catalog", "provider", "--where", condition, *there, "--json")
        assert ran.code == 0, ran.err
        shown = {one["id"]: one["properties"] for one in ran.json()["datasets"]}
        assert shown == {name: {"season": "wet", "rank": 7}}
    assert "season=wet, rank=7" in faifo("catalog", "provider", *there).out
    assert "season=wet, rank=7" in faifo("show", name, "--dir", provider.directory).out
    ran = faifo("publish", location, "--property", "season", "--dir", provider.directory)
    assert ran.code != 0
    assert "NAME=VALUE" in ran.err


def test_why_a_partner_sees_a_dataset_or_not(pair: Pair, faifo: Any, published: str):
    provider, _ = pair
    there = ("--dir", provider.directory)
    ran = faifo("show", published, "--as", "consumer", *there, "--json")
    assert ran.code == 0, ran.err
    (judged,) = ran.json()["judged"]
    assert (ran.json()["visible"], judged["purpose"]) == (True, "research")
    assert judged["facts"]["recipient"]["value"] == ran.json()["participant"]
    stranger = "did:web:stranger.example"
    location = provider.directory.parent / f"{published}.csv"
    closed = f"{published}-closed"
    assert faifo("publish", location, "--id", closed, "--recipient", stranger, *there).code == 0
    ran = faifo("show", closed, "--as", "consumer", *there)
    assert "does not see" in ran.out
    assert stranger in ran.out
    assert "trust file" not in ran.out
    ran = faifo("show", closed, "--as", stranger, *there)
    assert f"{stranger} sees {closed}" in ran.out
    assert f"{stranger} is not in this node's trust file" in ran.out
    assert faifo("show", closed, "--as", "nobody", *there).code != 0


def test_an_offer_of_one_s_own(pair: Pair, faifo: Any, published: str):
    _, consumer = pair
    there = ("--dir", consumer.directory)
    propose = ("exchange", "propose", "provider", published)
    ran = faifo(*propose, "--purpose", "research", "--until", "2040-12-31", *there)
    assert ran.code == 0, ran.err
    agreement = ran.out.split(": ")[1].split(".")[0]
    assert "2040-12-31" in faifo("show", agreement, *there, "--json").out
    wider = faifo(*propose, "--until", "2040-12-31", *there)
    assert wider.code == 3
    assert "The offered constraint is missing in the request" in wider.err


def test_a_second_get_uses_the_agreement_again(
    pair: Pair, faifo: Any, published: str, tmp_path: Path
):
    _, consumer = pair
    both = [
        faifo(
            *GET, published, "-o", tmp_path / name, "--dir", consumer.directory,
            "--json",
        ).json()["agreement"]
        for name in ("x", "y")
    ]  # fmt: skip
    assert both[0] == both[1]


def test_another_purpose_is_refused(pair: Pair, faifo: Any, published: str, tmp_path: Path):
    _, consumer = pair
    ran = faifo(
        "get", "provider", published, "--purpose", "marketing", "-o", tmp_path / "x",
        "--dir", consumer.directory,
    )  # fmt: skip
    assert ran.code == 3
    assert not (tmp_path / "x").exists()


def test_a_file_that_changed_is_not_served(pair: Pair, faifo: Any, published: str, tmp_path: Path):
    provider, consumer = pair
    (provider.directory.parent / f"{published}.csv").write_bytes(b"other")
    ran = faifo(*GET, published, "-o", tmp_path / "x", "--dir", consumer.directory)
    assert ran.code == 7
    assert list(tmp_path.iterdir()) == []
    ran = faifo("list", "transfers", "--limit", 1, "--dir", consumer.directory, "--json")
    assert ran.json()[0]["state"] == "TERMINATED"


def test_a_stranger_and_an_unknown_dataset(pair: Pair, faifo: Any):
    _, consumer = pair
    assert faifo("catalog", "did:web:x.example", "--dir", consumer.directory).code == 6
    assert faifo("get", "provider", "nope", "--dir", consumer.directory).code == 4


def test_a_second_server_is_refused(pair: Pair, faifo: Any):
    provider, _ = pair
    ran = faifo("serve", "--dir", provider.directory)
    assert ran.code == 7
    assert f"the node in {provider.directory} is served already" in ran.err
