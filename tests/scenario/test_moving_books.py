"""A node's books go to a database and come back; what it agreed on goes with them."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

import commanding
import postgresql_server
from faifo.node.custody.books import schema_for
from faifo.store.postgresql.migrate import prepare


def _faifo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [commanding.faifo(), "--lang", "en", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


async def test_a_node_goes_to_a_database_and_back(pair: Any):
    provider = pair.provider
    first = await pair.agreement(await pair.publish())
    await provider.stop()
    home = ("--dir", str(provider.path))
    settings = provider.path / "faifo.toml"
    before = settings.read_text()
    assert "store.url is not set" in _faifo("store", "move", "database", *home).stderr
    place = postgresql_server.place(provider.path)
    settings.write_text(f'{before}\n[store]\nurl = "{place.url}"\nschema = "{place.schema}"\n')

    with pytest.raises(EOFError, match="carry them over: faifo store move database"):
        await provider.start()
    assert "carry them over: faifo store move database" in _faifo("doctor", *home).stdout
    prepare(place)  # as a move leaves it that is killed before it has carried anything
    moved = _faifo("store", "move", "database", *home)
    assert moved.returncode == 0, moved.stderr
    assert f"The books are in {place.shown} now" in moved.stdout
    again = _faifo("store", "move", "database", *home)
    assert "were carried to a database" in again.stderr
    assert not (provider.path / "faifo.db").exists()
    settings.write_text(before)
    assert "set store.url to where they are" in _faifo("doctor", *home).stdout
    settings.write_text(f'{before}\n[store]\nurl = "{place.url}"\nschema = "{place.schema}"\n')
    await provider.start()
    refused = _faifo("store", "move", "directory", *home)
    assert "is served already" in refused.stderr
    assert [one["id"] for one in (await provider.call("GET", "/agreements"))["items"]] == [first]
    second = await pair.agreement(await pair.publish("c\n3\n"))
    assert "the database is whole and of today's schema" in _faifo("doctor", *home).stdout
    await provider.stop()

    moved = _faifo("store", "move", "directory", *home)
    assert moved.returncode == 0, moved.stderr
    with pytest.raises(EOFError, match="has books of this node, and the settings say"):
        await provider.start()
    settings.write_text(before)
    await provider.start()
    kept = {one["id"] for one in (await provider.call("GET", "/agreements"))["items"]}
    assert kept == {first, second}
    await pair.agreement(await pair.publish("d\n4\n"))


async def test_the_database_that_is_not_there_is_named_without_its_password(pair: Any):
    await pair.provider.stop()
    home = ("--dir", str(pair.provider.path))
    settings = pair.provider.path / "faifo.toml"
    before = settings.read_text()
    settings.write_text(f'{before}\n[store]\nurl = "postgresql://u:secret@127.0.0.1:9/d"\n')
    said = _faifo("node", "config", "check", *home)
    assert said.returncode == 2
    assert "has a password in it" in said.stderr
    assert "secret" not in said.stderr
    settings.write_text(f'{before}\n[store]\nurl = "postgresql://u@h/d?nothing=1"\n')
    said = _faifo("serve", *home)
    assert said.returncode == 2
    assert "store.url is not the URL of a PostgreSQL database" in said.stderr
    (pair.provider.path / "db.secret").write_text("word-of-u\n")
    (pair.provider.path / "db.secret").chmod(0o600)
    settings.write_text(
        f'{before}\n[store]\nurl = "postgresql://u@127.0.0.1:9/d"\npassword_file = "db.secret"\n'
    )
    for arguments in (("serve",), ("doctor",), ("node", "config", "show"), ("-v", "serve")):
        said = _faifo(*arguments, *home)
        assert "word-of-u" not in said.stdout + said.stderr
        if "config" not in arguments:
            assert "127.0.0.1/d" in said.stdout + said.stderr


def test_a_new_node_that_is_led_to_a_database(tmp_path: Path):
    home = ("--dir", str(tmp_path / "n"))
    assert _faifo("init", str(tmp_path / "n"), "--port", "8080").returncode == 0
    with (tmp_path / "n" / "faifo.toml").open("a") as settings:
        settings.write(postgresql_server.section(tmp_path))
    assert "is there; the node makes its tables" in _faifo("doctor", *home).stdout
    # Books that a node has served are never taken for those of a move that broke off.
    place = postgresql_server.place(tmp_path)
    prepare(place)
    with closing(place.connect()) as connection:
        connection.execute("UPDATE writer SET fence = 1")
    assert "name another store.schema" in _faifo("store", "move", "database", *home).stderr


def test_a_new_participant_gets_no_books_of_one_that_has_left(tmp_path: Path):
    home = tmp_path / "n"
    assert _faifo("init", str(home), "--port", "8079").returncode == 0
    there = postgresql_server.place(tmp_path)
    with (home / "faifo.toml").open("a") as settings:
        settings.write(f'\n[store]\nurl = "{there.url}"\n')
    schema = schema_for("did:web:localhost%3A8079:acme")
    add = ("participant", "add", "acme", "--dir", str(home))
    prepare(msgspec.structs.replace(there, schema=schema))  # as one that was served leaves it
    try:
        refused = _faifo(*add)
        assert refused.returncode == 7
        assert f"({schema}) already; give the schema {schema} another name" in refused.stderr
        assert not (home / "participants").exists()
    finally:
        with closing(there.connect()) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
    assert _faifo(*add).returncode == 0


def test_where_the_schema_cannot_be_renamed_the_books_stay_where_they_were(tmp_path: Path):
    home, there = tmp_path / "n", postgresql_server.place(tmp_path)
    assert "faifo@" in there.url
    assert _faifo("init", str(home), "--port", "8080").returncode == 0
    with (home / "faifo.toml").open("a") as settings:
        url = there.url.replace("faifo@", "mover@")
        settings.write(f'\n[store]\nurl = "{url}"\nschema = "{there.schema}"\n')
    with closing(there.connect()) as connection:
        connection.script(
            f"CREATE ROLE mover LOGIN; CREATE SCHEMA {there.schema} AUTHORIZATION mover"
        )
    prepare(msgspec.structs.replace(there, url=url))
    refused = _faifo("store", "move", "directory", "--dir", str(home))
    assert "permission denied for database" in refused.stderr
    assert not (home / "faifo.db").exists()
    with closing(there.connect()) as connection:
        connection.script("DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || current_database()"
                          " || ' TO mover'; END $$")  # fmt: skip
    assert _faifo("store", "move", "directory", "--dir", str(home)).returncode == 0
    assert (home / "faifo.db").exists()
