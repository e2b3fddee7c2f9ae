"""Where the settings say that the books are, and what is wrong with that."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.errors import ConflictError, SettingsError
from faifo.node.custody import books
from faifo.node.custody.directory import Directory
from faifo.node.settings.model import Settings, read_settings

NODE = '[node]\npublic_url = "https://Node.example:8443/a"\n'
STORE = '[store]\nurl = "postgresql://u@db.example/d"\n'


def _settings(folder: Path, text: str) -> Settings:
    path = folder / "faifo.toml"
    path.write_text(NODE + text)
    return read_settings(path, {})


def test_books_are_in_the_directory_unless_said_otherwise(tmp_path: Path):
    found = books.books_of(Directory(tmp_path), _settings(tmp_path, ""))
    assert found.shown == str(tmp_path / "faifo.db")


async def test_books_that_were_carried_to_a_database_are_not_begun_anew_beside_it(tmp_path: Path):
    found = books.books_of(Directory(tmp_path), _settings(tmp_path, ""))
    left = tmp_path / "faifo.db.moved-20261130t120000"
    left.touch()
    with pytest.raises(ConflictError) as caught:
        await found.open()
    assert str(left) in str(caught.value)
    assert "store.url" in str(caught.value)
    left.unlink()
    await (await found.open()).close()
    left.touch()  # and the books came back
    await (await found.open()).close()


def test_a_schema_is_called_as_the_node_and_no_two_alike(tmp_path: Path):
    found = books.books_of(Directory(tmp_path), _settings(tmp_path, STORE))
    assert isinstance(found, books.DatabaseBooks)
    assert found.place.schema.startswith("did_web_node_example_3a8443_a_")
    assert found.shown == f"db.example/d ({found.place.schema})"
    others = {
        "did:web:a.b",
        "did:web:a-b",
        "did:web:A.b",
        f"did:web:{'a' * 90}x",
        f"did:web:{'a' * 90}y",
    }
    assert len({books.schema_for(one) for one in others}) == len(others)
    assert max(len(books.schema_for(one)) for one in others) < 50
    named = books.books_of(Directory(tmp_path), _settings(tmp_path, f'{STORE}schema = "mine"\n'))
    assert named.shown == "db.example/d (mine)"


def test_the_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(books, "find_spec", lambda _: None)
    with pytest.raises(SettingsError) as caught:
        books.books_of(Directory(tmp_path), _settings(tmp_path, STORE))
    assert str(caught.value) == (
        "store.url wants the package psycopg, which is not installed;"
        " expected what pip install 'faifo[postgresql]' installs"
    )


@pytest.mark.parametrize(
    "url",
    ["sqlite:///x", "db.example", "postgresql://u:p@h/d", "postgresql://u:@h/d", "postgres://[",
     "postgresql://h/d?password=x", "postgresql://h/d?sslpassword=x"],
)  # fmt: skip
def test_a_url_that_is_none_or_has_a_secret_is_refused(tmp_path: Path, url: str):
    with pytest.raises(SettingsError, match=r"store\.url is not the URL") as caught:
        _settings(tmp_path, f'[store]\nurl = "{url}"\n')
    assert ":4:" in str(caught.value)
