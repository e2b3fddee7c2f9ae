"""An authority and a member from the command line, without either running."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any


def test_an_authority_is_made_and_keeps_its_members(faifo: Any, tmp_path: Path):
    home = tmp_path / "authority"
    assert faifo("init", home, "--economy", "VN", "--port", "18090").code == 0
    ran = faifo("authority", "init", "--dir", home, "--name", "Authority")
    assert ran.code == 0
    assert ran.out.startswith("This node is an authority now: did:web:localhost%3A18090\n")
    assert (home / "keys" / "credential-1.json").stat().st_mode & 0o777 == 0o600
    ran = faifo("authority", "init", "--dir", home)
    assert ran.code != 0
    assert "is an authority already" in ran.err
    listed = faifo("authority", "members", "list", "--dir", home)
    assert listed.out == "Nobody has applied yet, and nobody is a member.\n"
    member = "did:web:member.example"
    ran = faifo("authority", "members", "admit", member, "--name", "Rice", "--dir", home)
    assert ran.out.startswith(f"{member} is a member since ")
    listed = faifo("authority", "members", "list", "--dir", home)
    assert listed.out == f"{member}  a member, Rice\n"
    ran = faifo(
        "authority", "members", "revoke", member, "--reason", "left", "--dir", home, "--json"
    )
    assert ran.json()["status"] == "revoked"
    assert [one["status"] for one in ran.json()["credentials"]] == ["revoked"]
    ran = faifo("authority", "members", "admit", member, "--dir", home)
    assert "is revoked; renew it to admit it again" in ran.err


def test_claims_must_fit_the_schema_of_the_type(faifo: Any, tmp_path: Path):
    home, member = tmp_path / "authority", "did:web:member.example"
    faifo("init", home, "--economy", "VN", "--port", "18091")
    faifo("authority", "init", "--dir", home)
    admit = ("authority", "members", "admit", member, "--type", "DataProtectionCredential")
    ran = faifo(*admit, "--dir", home)
    assert "there is no scheme at $" in ran.err
    ran = faifo(*admit, "--claim", "scheme=Global CBPR", "--dir", home, "--json")
    assert [one["type"] for one in ran.json()["credentials"]] == ["DataProtectionCredential"]
    renew = ("authority", "members", "renew", member, "--dir", home)
    ran = faifo(*renew)
    assert ran.out.splitlines()[1] == (
        "Not issued anew, since what they say was not given: DataProtectionCredential."
        " Give it with --claim, or vouch again with faifo authority members assure."
    )
    assert len(faifo(*renew, "--claim", "scheme=Global CBPR").out.splitlines()) == 1
    ran = faifo(*admit, "--claim", "scheme", "--dir", home)
    assert "--claim is 'scheme'; expected NAME=VALUE" in ran.err


def test_issuers_are_believed_and_authorities_recognised(faifo: Any, tmp_path: Path):
    home = tmp_path / "authority"
    faifo("init", home, "--economy", "VN", "--port", "18092")
    faifo("authority", "init", "--dir", home)
    ran = faifo("trust", "issuer", "http://localhost:18093", "--recognises", "--dir", home)
    assert ran.out == "did:web:localhost%3A18093 is believed now for MembershipCredential.\n"
    assert "recognises = true" in (home / "trust.toml").read_text()
    ran = faifo(
        "authority", "recognise", "did:web:other.example", "--until", "2099-12-31", "--dir", home
    )
    assert ran.out == (
        "did:web:other.example is recognised for MembershipCredential until 2099-12-31.\n"
    )
    assert faifo("credentials", "offers", "--dir", home).out == (
        "No issuer has offered anything to this node.\n"
    )
    assert faifo("credentials", "list", "--dir", home).out.startswith("This node holds no")


def test_an_old_credential_key_stays_as_long_as_the_longest_credential(faifo: Any, tmp_path: Path):
    home, day = tmp_path / "authority", 86_400
    faifo("init", home, "--economy", "VN", "--port", "18091")
    none = faifo("node", "keys", "rotate", "--purpose", "credential", "--dir", home)
    assert "this node has no credential key; expected a purpose that keys list shows" in none.err
    faifo("authority", "init", "--dir", home)
    faifo("authority", "members", "admit", "did:web:member.example", "--dir", home)
    text = (home / "authority.toml").read_text()
    (home / "authority.toml").write_text(text + "days = 700\n")
    ran = faifo("node", "keys", "rotate", "--purpose", "credential", "--dir", home)
    assert ran.code == 0
    listed = faifo("node", "keys", "list", "--json", "--dir", home).json()
    new, old = [one for one in listed if one["purpose"] == "credential"]
    assert (new["id"], new["state"], old["state"]) == ("credential-2", "signing", "overlap")
    overlap = datetime.fromisoformat(old["retired"]) - datetime.fromisoformat(new["created"])
    assert overlap.total_seconds() == 700 * day
    assert faifo("node", "keys", "rotate", "--purpose", "presentation", "--dir", home).code == 0
