from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from faifo.errors import SettingsError
from faifo.node.membership.authority import read_programme, write_programme
from faifo.trust.dcp.json_schema import check_schema
from faifo.trust.dcp.profiles import Profile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_programme(tmp_path, name='An "Authority"', economy="CL")
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "authority.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_what_is_written_is_read(folder: Path):
    programme = read_programme(folder)
    assert (programme.authority.name, programme.authority.economy) == ('An "Authority"', "CL")
    assert programme.authority.profiles == (Profile.VC20, Profile.VC11)
    assert len(programme.objects) == 8
    found = programme.find("MembershipCredential")
    assert found is not None
    assert found.days == 365
    assert programme.find("Nothing") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param('"CL"', '"cl"', "authority.toml cannot be read: Expected `str` matching",
            id="an economy in small letters"),
        pytest.param("name =", "nam =", "authority.toml cannot be read: Object contains unknown",
            id="a name that is no setting"),
        pytest.param('"schemas/M', '"schema/M', "cannot be read: No such file",
            id="a schema that is not there"),
        pytest.param("[[type]]", "[type]", "authority.toml cannot be read", id="not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_says_what_is_wrong(folder: Path, old: str, new: str, told: str):
    change(folder, old, new)
    with pytest.raises(SettingsError) as caught:
        read_programme(folder)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "expected JSON"),
        ('{"$ref": "https://x"}', "has '$ref', which is not understood here"),
        ('{"pattern": "(?=a)"}', "it has a group with (?, which is not understood here"),
    ],
)
def test_a_schema_that_others_could_not_use_is_refused_here(folder: Path, content: str, told: str):
    (folder / "schemas" / "MembershipCredential.json").write_text(content)
    with pytest.raises(SettingsError) as caught:
        read_programme(folder)
    assert told in str(caught.value)


def test_a_schema_is_published_as_one_of_the_whole_credential(folder: Path):
    programme = read_programme(folder)
    published = programme.published("MembershipCredential")
    assert published is not None
    assert check_schema(published) is None
    subject = {"id": "did:web:a.example", "name": "A", "economy": "CL"}
    reader = Draft202012Validator(published)
    assert reader.is_valid({"type": ["VerifiableCredential"], "credentialSubject": subject})
    assert not reader.is_valid({"credentialSubject": {**subject, "economy": 5}})
    assert programme.published("Nothing") is None


def test_no_file_says_how_there_gets_to_be_one(tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        read_programme(tmp_path)
    assert "expected what faifo authority init writes" in str(caught.value)
