"""What credentials say about their holder, as it is kept with a process and told to the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from faifo import clock
from faifo.policy.operands.economy import MEMBERSHIP
from faifo.trust.dcp.credential import Credential

CLAIMS: Final = 20
"""Members of a credential's subject that are kept for the rules."""


def claims_of(credentials: Iterable[Credential]) -> dict[str, Any]:
    """Return what is said about the holder: of a membership its economy, name and authority."""
    claims: dict[str, Any] = {}
    types: set[str] = set()
    for credential in credentials:
        types.update(credential.types)
        if MEMBERSHIP in credential.types:
            subject = credential.subjects[0]
            claims["membership"] = credential.issuer
            for name in ("economy", "name"):
                if isinstance(subject.get(name), str):
                    claims[name] = subject[name][:200]
    claims["credentials"] = sorted(types)
    return claims


def evidence_of(credentials: Iterable[Credential]) -> list[dict[str, Any]]:
    """Return which credentials these are: never the credentials themselves."""
    return [
        {
            "id": one.id,
            "issuer": one.issuer,
            "types": list(one.types),
            "profile": one.profile.value,
            "valid_from": clock.text(one.valid_from) if one.valid_from else None,
            "valid_until": clock.text(one.valid_until) if one.valid_until else None,
            "claims": _plain(one.subjects[0]) if one.subjects else {},
        }
        for one in credentials
    ]


def _plain(subject: dict[str, Any]) -> dict[str, str]:
    """Return what a subject says in single texts, so that terms can ask for it; bounded.

    Of a badge it is the name of its achievement (Open Badges 3.0 §B.1).
    """
    achievement = subject.get("achievement")
    if isinstance(achievement, dict):
        subject = {"achievement": achievement.get("name")}
    texts = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in subject.items()
        if isinstance(value, str | bool | int) and not name.startswith("@") and name != "id"
    ]
    return {name[:64]: text[:200] for name, text in texts[:CLAIMS]}
