"""A passport travels with its dataset; the other node proves it, judges it, and only then asks."""

from __future__ import annotations

import json

from exchange import FAIR, FEW, UNFAIR, Exchange, tampered

from faifo import clock
from faifo.ai.passport.build import withdraw
from faifo.node.custody.keyring import make_key, read_keyring
from faifo.trust.keys import KeyPurpose


async def test_an_accepted_passport_lets_the_call_through_until_it_is_withdrawn(
    exchange: Exchange,
) -> None:
    passport = exchange.passport(FAIR)
    ran = await exchange.publish("fair", passport)
    assert ran.code == 0, ran.err
    called = await exchange.call("fair")
    assert (called.code, json.loads(called.out)) == (0, {"approved": True}), called.err
    assert "all of it at least 0.8" in called.err
    assert exchange.calls == 1

    told = await exchange.withdraw(passport)
    assert told.code == 0, told.err
    assert "withdrawn in the catalog: fair" in told.out

    called = await exchange.call("fair")
    assert (called.code, called.out) == (3, "")
    assert "status: withdrawn by its issuer" in called.err
    # Without the option, too: what ran has ended, and nothing begins.
    plain = await exchange.cli(
        "call", exchange.provider.did, "fair", "/predict", "--dir", exchange.consumer.path
    )
    assert (plain.code, plain.out) == (3, "")
    assert "he provider has withdrawn this dataset's AI passport" in plain.err
    assert exchange.calls == 1
    shown = await exchange.consumer.call("POST", "/catalog", {"node": exchange.provider.did})
    assert [one["passport_status"] for one in shown["datasets"]] == ["withdrawn"]


async def test_a_key_made_since_the_start_is_published_at_once(exchange: Exchange) -> None:
    make_key(exchange.provider.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    ring = read_keyring(exchange.provider.path / "keys", did=exchange.provider.did)
    key = ring.signing(KeyPurpose.PASSPORT)
    assert key.id != exchange.key.id
    passport = exchange.passport(FAIR, key=key)
    ran = await exchange.publish("fair", passport)
    assert ran.code == 0, ran.err
    called = await exchange.call("fair")
    assert (called.code, exchange.calls) == (0, 1), called.err


async def test_a_key_made_since_the_start_may_withdraw(exchange: Exchange) -> None:
    passport = exchange.passport(FAIR)
    await exchange.publish("fair", passport)
    make_key(exchange.provider.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    told = await exchange.withdraw(passport)
    assert told.code == 0, told.err
    called = await exchange.call("fair")
    assert (called.code, exchange.calls) == (3, 0)
    assert "status: withdrawn by its issuer" in called.err


async def test_a_disparate_impact_is_refused_with_the_figure_and_its_interval(
    exchange: Exchange,
) -> None:
    await exchange.publish("unfair", exchange.passport(UNFAIR))
    called = await exchange.call("unfair")
    assert (called.code, called.out) == (3, "")
    assert "“disparate impact ratio” of race (a, b) is 0.5 (0.4" in called.err
    assert "all of it under 0.8" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)
    told = json.loads((await exchange.call("unfair", "--json")).err)["error"]
    assert (told["code"], told["exit_code"]) == ("refused", 3)
    assert any("all of it under 0.8" in reason for reason in told["reasons"])
    vi = await exchange.call("unfair", "--lang", "vi")
    assert "0.5 (0.4" in vi.err
    assert vi.err != called.err
    got = await exchange.cli(
        "get", exchange.provider.did, "unfair", "-o", exchange.folder / "x",
        "--require-passport", exchange.pack, "--dir", exchange.consumer.path,
    )  # fmt: skip
    assert got.code == 3
    assert not (exchange.folder / "x").exists()


async def test_an_interval_that_is_too_wide_asks_for_more(exchange: Exchange) -> None:
    await exchange.publish("few", exchange.passport(FEW))
    called = await exchange.call("few")
    assert (called.code, called.out) == (3, "")
    assert "too wide to tell whether it is at least 0.8; more data is needed" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)


async def test_a_dataset_without_a_passport_is_refused(exchange: Exchange) -> None:
    body = {"location": exchange.backend, "id": "bare"}
    await exchange.provider.call("POST", "/datasets", body)
    called = await exchange.call("bare")
    assert called.code == 3
    assert "the dataset bare has no passport" in called.err


async def test_the_envelope_travels_as_it_was_signed(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    await exchange.publish("few", passport)
    query = {"node": exchange.provider.did, "dataset": "few"}
    shown = (await exchange.consumer.call("POST", "/catalog", query))["datasets"][0]
    assert shown["passport"] == passport.read_text()
    assert shown["passport_status"] == "valid"
    whole = await exchange.consumer.call("POST", "/catalog", {"node": exchange.provider.did})
    assert whole["datasets"][0]["passport"] is None
    assert whole["datasets"][0]["passport_sha256"] == shown["passport_sha256"]


async def test_a_passport_of_data_stands_beside_these_data_only(exchange: Exchange) -> None:
    passport = exchange.passport(FEW, kind="dataset")
    folder = exchange.provider.path.with_name(exchange.provider.path.name + "-data")
    same, other = folder / "same.csv", folder / "other.csv"
    same.write_bytes(exchange.table.read_bytes())
    other.write_bytes(b"y,d,race\n")
    where = ("--passport", passport, "--dir", exchange.provider.path)
    ran = await exchange.cli("publish", other, "--id", "other", *where)
    assert (ran.code, "artefact digest: the published file" in ran.err) == (6, True), ran.err
    ran = await exchange.cli("publish", exchange.backend, "--id", "service", *where)
    assert (ran.code, "that needs a system's passport" in ran.err) == (6, True), ran.err
    ran = await exchange.cli("publish", same, "--id", "same", *where)
    assert ran.code == 0, ran.err
    got = await exchange.cli(
        "get", exchange.provider.did, "same", "-o", exchange.folder / "got.csv",
        "--require-passport", exchange.pack, "--dir", exchange.consumer.path,
    )  # fmt: skip
    assert got.code == 0, got.err
    assert "The passport holds the part: croissant." in got.err
    assert (exchange.folder / "got.csv").read_bytes() == same.read_bytes()


async def test_a_pack_may_be_named(exchange: Exchange) -> None:
    await exchange.publish("few", exchange.passport(FEW))
    where = ("--dir", exchange.consumer.path)
    ran = await exchange.cli(
        "call", exchange.provider.did, "few", "--require-passport", "asean", *where
    )
    assert (ran.code, "[asean-2024/fairness.impact]" in ran.err) == (3, True), ran.err
    ran = await exchange.cli(
        "call", exchange.provider.did, "few", "--require-passport", "nowhere", *where
    )
    assert (ran.code, "'nowhere'" in ran.err) == (4, True), ran.err


async def test_a_passport_that_was_changed_is_not_published(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    passport.write_text(tampered(passport.read_text()))
    ran = await exchange.publish("few", passport)
    assert ran.code == 6
    assert "the signature was not made with the key" in ran.err
    assert (await exchange.provider.call("GET", "/datasets"))["items"] == []


async def test_a_provider_that_changes_a_passport_is_found_out(exchange: Exchange) -> None:
    passport = exchange.passport(FAIR)
    await exchange.publish("fair", passport)
    await exchange.provider.stop()
    exchange.change_passport(tampered(passport.read_text()))
    await exchange.provider.start()
    called = await exchange.call("fair")
    assert (called.code, called.out) == (3, "")
    assert "the signature was not made with the key" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)


async def test_a_passport_of_another_issuer_is_not_published(exchange: Exchange) -> None:
    make_key(exchange.consumer.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    ring = read_keyring(exchange.consumer.path / "keys", did=exchange.consumer.did)
    other = ring.signing(KeyPurpose.PASSPORT)
    ran = await exchange.publish("few", exchange.passport(FEW, key=other))
    assert ran.code == 6
    assert "is no passport key that this node publishes" in ran.err


async def test_nobody_else_withdraws_a_passport(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    await exchange.publish("few", passport)
    make_key(exchange.consumer.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    other = read_keyring(exchange.consumer.path / "keys", did=exchange.consumer.did).signing(
        KeyPurpose.PASSPORT
    )
    did = exchange.consumer.did
    body = withdraw(passport.read_bytes(), issuer=did, reason="no", now=clock.now(), key=other)
    status, _ = await exchange.provider.raw(
        "POST", "/passports/withdrawals", {"withdrawal": body.decode()}
    )
    assert status == 401
    items = (await exchange.provider.call("GET", "/datasets"))["items"]
    assert [one["passport_status"] for one in items] == ["valid"]


async def test_a_passport_over_the_limit_is_refused(exchange: Exchange) -> None:
    body = {"location": exchange.backend, "id": "x", "passport": "x" * (256 * 1024 + 1)}
    status, answer = await exchange.provider.raw("POST", "/datasets", body)
    assert (status, json.loads(answer)["code"]) == (413, "too-large")


async def test_a_caller_cannot_make_the_node_read_its_files(exchange: Exchange) -> None:
    query = {"node": exchange.provider.did, "dataset": "x", "pack": "/etc/passwd"}
    status, answer = await exchange.consumer.raw("POST", "/passports/check", query)
    assert (status, json.loads(answer)["code"]) == (404, "not-found")


async def test_another_datasets_passport_does_not_do(exchange: Exchange) -> None:
    """A catalog that answers for one dataset with another: its good passport proves nothing."""
    await exchange.publish("fair", exchange.passport(FAIR))
    await exchange.provider.stop()
    exchange.rename_dataset("fair", "other")
    await exchange.provider.start()
    called = await exchange.call("fair")
    assert (called.code, called.out, exchange.calls) == (1, "", 0)
    assert "asked for the dataset fair, it answered about other" in called.err


async def test_a_service_is_not_called_on_the_passport_of_a_data_set(exchange: Exchange) -> None:
    await exchange.publish("fair", exchange.passport(FAIR))
    of_data = exchange.passport(FAIR, kind="dataset")
    await exchange.provider.stop()
    exchange.change_passport(of_data.read_text())
    await exchange.provider.start()
    called = await exchange.call("fair")
    assert (called.code, called.out) == (3, "")
    assert "that needs a system's passport" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)
