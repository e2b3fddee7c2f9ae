"""Which logs and witnesses are trusted: C2SP tlog-policy, one file for node, person and page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from faifo.ledger.checkpoint import number
from faifo.ledger.note import LOG, WITNESS, Key, Note, parse_vkey
from faifo.ledger.refused import Fault, ProofError

NONE: Final = "none"
MOST_LINES: Final = 256


class Group(NamedTuple):
    """So many of these have to have cosigned; a witness is a group of its own key."""

    needed: int
    members: tuple[str, ...]


class Policy(NamedTuple):
    logs: tuple[Key, ...] = ()
    witnesses: Mapping[str, Key] = MappingProxyType({})
    groups: Mapping[str, Group] = MappingProxyType({})
    quorum: str = NONE

    def log(self, origin: str) -> Key:
        """Return the key of a log.

        Raises:
            ProofError: UNSIGNED where no log is trusted, ORIGIN where only others are.
        """
        if not self.logs:
            raise ProofError(Fault.UNSIGNED, name=origin)
        found = next((key for key in self.logs if key.name == origin), None)
        if found is None:
            wanted = ", ".join(one.name for one in self.logs)
            raise ProofError(Fault.ORIGIN, origin=origin, wanted=wanted)
        return found

    def check(self, note: Note) -> dict[str, int]:
        """Return which witnesses, by their names here, cosigned, and when, if they are enough.

        Raises:
            ProofError: they are not, or a cosignature is none.
        """
        # One by one: two witnesses' keys may have the same name.
        signed = {name: note.signed_by([key]) for name, key in self.witnesses.items()}
        cosigned = {name: time for name, found in signed.items() for time in found.values()}
        if self.quorum == NONE or self._seen(self.quorum, cosigned):
            return cosigned
        wanted = self.groups[self.quorum].needed if self.quorum in self.groups else 1
        raise ProofError(Fault.COSIGNATURES, found=len(cosigned), wanted=wanted)

    def _seen(self, name: str, cosigned: dict[str, int]) -> bool:
        if name in self.witnesses:
            return name in cosigned
        group = self.groups[name]
        return sum(self._seen(one, cosigned) for one in group.members) >= group.needed


def parse_policy(text: str) -> Policy:
    """Return the policy in `text`; a line that is a bare vkey stands for `log` or `witness` too.

    Raises:
        ProofError: a line says nothing that is known, or names what is not there or there twice.
    """
    logs: list[Key] = []
    witnesses: dict[str, Key] = {}
    groups: dict[str, Group] = {}
    quorum: str | None = None
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise ProofError(Fault.SIZE, index=len(lines), size=MOST_LINES)
    members: set[str] = set()
    for line in lines:
        match line.split():
            case []:
                continue
            case [first, *_] if first.startswith("#"):
                continue
            case ["log", vkey] | ["log", vkey, _]:
                logs.append(_key(vkey, LOG, line))
            case ["witness", name, vkey] | ["witness", name, vkey, _] if (
                name not in witnesses and name not in groups and name != NONE
            ):
                witnesses[name] = _key(vkey, WITNESS, line)
            case ["group", name, needed, *named] if (
                named
                and name not in witnesses
                and name not in groups
                and name != NONE
                and not members.intersection(named)
                and len(set(named)) == len(named)
                and all(one in witnesses or one in groups for one in named)
            ):
                members.update(named)
                groups[name] = Group(_needed(needed, len(named), line), tuple(named))
            case ["quorum", name] if quorum is None and (
                name == NONE or name in witnesses or name in groups
            ):
                quorum = name
            case [vkey]:
                key = parse_vkey(vkey)
                if key.type == LOG:
                    logs.append(key)
                elif key.name in witnesses:
                    raise ProofError(Fault.SHAPE, what=line[:60])
                else:
                    witnesses[key.name] = key
            case _:
                raise ProofError(Fault.SHAPE, what=line[:60])
    distinct = (
        [one.key for one in logs],
        [one.name for one in logs],  # two lines under one name are read differently by others
        [one.key for one in witnesses.values()],
    )
    if any(len(set(one)) < len(one) for one in distinct):
        raise ProofError(Fault.SHAPE, what="vkey")
    return Policy(tuple(logs), witnesses, groups, NONE if quorum is None else quorum)


def _key(vkey: str, kind: int, line: str) -> Key:
    key = parse_vkey(vkey)
    if key.type != kind:
        raise ProofError(Fault.SHAPE, what=line[:60])
    return key


def _needed(text: str, members: int, line: str) -> int:
    needed = {"any": 1, "all": members}.get(text) or number(text)
    if not 1 <= needed <= members:
        raise ProofError(Fault.SHAPE, what=line[:60])
    return needed
