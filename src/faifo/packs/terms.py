"""Packs of terms: clauses of which those that a policy can say bring their part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import msgspec

from faifo.errors import SettingsError
from faifo.packs.clause import Clause, Header, Text, is_text, read_toml, refuse, wrong
from faifo.packs.shelf import TERMS, body_of, shipped
from faifo.phrases import Phrase
from faifo.policy.actions import includes
from faifo.policy.canonical import canonical_duties, canonical_rules
from faifo.policy.compare import narrows
from faifo.policy.plain import policy_of
from faifo.policy.spelling import term


class TermsClause(Clause, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clause with the part of a policy that says it, in plain form (`policy.plain`).

    `if` narrows everything that is allowed; `forbid` and `must` are added. `allow` adds nothing:
    the terms have to allow it.
    """

    terms: Mapping[str, Any] = {}


class TermsPack(Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dossier`: the economy from which a first transfer abroad opens a record with its clock.

    `lawyer`: what is not written here, since no article was read.
    """

    clauses: tuple[TermsClause, ...]
    dossier: str = ""
    lawyer: tuple[Text, ...] = ()


def names() -> list[str]:
    """Return the names of the packs that are here."""
    return list(shipped(TERMS))


@cache
def _shipped(name: str) -> TermsPack:
    return read_pack(shipped(TERMS)[name])


def open_pack(name: str) -> TermsPack:
    """Return a pack by its name, or from a TOML file of one's own.

    Raises:
        NotFoundError: neither.
        SettingsError: the file is no pack of terms.
        TooLargeError: the file is no pack.
    """
    return _shipped(name) if name in shipped(TERMS) else read_pack(body_of(TERMS, name))


def read_pack(body: bytes) -> TermsPack:
    """Return the pack in a TOML file.

    Raises:
        SettingsError: it is no pack of terms, or a part of a policy in it is none.
    """
    pack = read_toml(body, TermsPack)
    for clause in pack.clauses:
        try:
            _part(clause)
        except SettingsError as error:
            refuse(clause, str(error))
        if bool(clause.terms) and clause.status == "people":
            refuse(clause, Phrase("errors.told.ai.pack.people"))
    if not all(map(is_text, pack.lawyer)):
        raise SettingsError(
            what=Phrase("errors.told.ai.pack.unusable", reason="lawyer"),
            expected=Phrase("errors.told.ai.pack.text"),
        )
    return pack


def _part(clause: TermsClause) -> dict[str, Any]:
    given = dict(clause.terms)
    narrowed = given.pop("if", None)
    if narrowed is not None:
        given["allow"] = [{"do": "use", "if": narrowed}]
    return policy_of(given, place=f"$.{clause.id}.terms")


def lacking(policy: Mapping[str, Any], pack: TermsPack) -> TermsClause | None:
    """Return the first clause of `pack` that `policy` does not say, or says more widely."""
    return next((one for one in pack.clauses if one.terms and not _says(policy, one)), None)


def _says(policy: Mapping[str, Any], clause: TermsClause) -> bool:
    made = _with(policy, clause)
    for kind in ("prohibition", "obligation"):
        if canonical_rules(made.get(kind)) != canonical_rules(policy.get(kind)):
            return False
    allowed, narrowed = ({"permission": one.get("permission", [])} for one in (policy, made))
    if not narrows(allowed, narrowed).permits:
        return False
    given = [term(rule.get("action")) for rule in allowed["permission"]]
    wanted = _part(clause)["permission"] if "allow" in clause.terms else ()
    return all(any(includes(one, term(rule["action"])) for one in given) for rule in wanted)


def with_packs(
    policy: Mapping[str, Any], packs: tuple[TermsPack, ...], *, on: date | None = None
) -> dict[str, Any]:
    """Return `policy` with all that the clauses of `packs` add to it; they hold `on` that day.

    Raises:
        SettingsError: it does not allow what one of them asks it to, or one does not hold.
    """
    made = dict(policy)
    for pack in packs:
        if on is not None and not pack.holds_on(on):
            raise wrong(Phrase("ai.reason.pack-date", **pack.days))
        made = _with(made, *pack.clauses)
        clause = lacking(made, pack)
        if clause is not None:
            raise short(pack, clause)
    return made


def short(pack: TermsPack, clause: Clause) -> SettingsError:
    """Return the error that terms fall short of a clause."""
    told = {"pack": pack.id, "clause": clause.id, "text": clause.text}
    return SettingsError(
        what=Phrase("errors.told.pack.short", **told),
        expected=Phrase("errors.told.pack.short-wanted", pack=pack.id),
        advice=clause.cited,
    )


def _with(policy: Mapping[str, Any], *clauses: TermsClause) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(policy))
    for clause in (one for one in clauses if one.terms):
        part = _part(clause)
        for rule in made.get("permission", []):
            more = part["permission"][0].get("constraint", [])
            new = [one for one in more if one not in rule.get("constraint", [])]
            if new:
                rule["constraint"] = [*rule.get("constraint", []), *new]
        for kind in ("prohibition", "obligation"):
            known = canonical_duties(made.get(kind))
            new = [one for one in part.get(kind, []) if canonical_duties([one])[0] not in known]
            if new:
                made[kind] = [*made.get(kind, []), *new]
    return made
