"""Can conditions hold at the same time, and does one follow from others? Found by trying points.

The values of an operand fall into few kinds that the conditions tell apart; one of each kind is
tried (`Operand.tried`), and operands vary freely of each other. So an answer is certain; where not
all can be tried, or something is not understood, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Final

from faifo.policy.actions import includes
from faifo.policy.model import Constraint, Duty, Logical, Part, Policy, Truth

MAX_POINTS: Final = 2_000
"""Points × conditions that are tried for one answer."""
MAX_LOOKED_AT: Final = 5_000
"""Values × conditions that are looked at, of one operand."""
MAX_PAIRS: Final = 100
"""Pairs of permissions that are held together."""


class _Not:
    """The contrary of all of `parts`."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Part | Duty) -> None:
        self.parts = parts


_Tried = Part | Duty | _Not


def compatible(one: Policy, other: Policy) -> Truth:
    """Return whether some use is permitted by both; None if that is not known.

    Names of purposes that differ may mean one thing: they never count as excluding each other.
    """
    pairs = [
        (mine, theirs)
        for mine in one.permissions
        for theirs in other.permissions
        if includes(mine.action, theirs.action) or includes(theirs.action, mine.action)
    ]
    if len(pairs) > MAX_PAIRS or one.obstacles or other.obstacles:
        return None
    found = {together([*mine.parts, *theirs.parts], names_differ=False) for mine, theirs in pairs}
    if True in found:
        return None if one.prohibitions or other.prohibitions else True
    return None if None in found else False


def follows(part: Part, parts: Sequence[Part]) -> bool:
    """Tell whether `part` is satisfied by all facts that satisfy `parts`; "no" proves nothing."""
    about = operands_of(part)
    near = [one for one in parts if about & operands_of(one)]
    # Of an operand that only `part` names nothing need be known, and then it is not satisfied.
    if not about or about - {name for one in near for name in operands_of(one)}:
        return False
    if not _understood(part):
        return False
    return together([*near, _Not(part)]) is False


def together(parts: Sequence[_Tried], *, names_differ: bool = True) -> Truth:
    """Return whether some facts satisfy all `parts`; None if that is not known.

    Duties can always be done. `names_differ`: names that are not the same mean something else, as
    they do to a node; else what they name may overlap where an operand is `nested`.
    """
    answers = [_tried(group, names_differ) for group in _groups(parts)]
    if False in answers:
        return False
    return None if None in answers else True


def _tried(parts: Sequence[_Tried], names_differ: bool) -> Truth:
    atoms = [atom for part in parts for atom in _atoms(part)]
    columns: dict[str, list[Constraint]] = {}
    for atom in atoms:
        columns.setdefault(atom.operand.term, []).append(atom)
    values = {term: _distinct(found) for term, found in columns.items()}
    known = {term: found for term, found in values.items() if found is not None}
    if prod(map(len, known.values())) * (len(atoms) + 1) > MAX_POINTS:
        return None
    answer: Truth = False
    for point in product(*known.values()):
        truth = _all([_truth(one, dict(zip(known, point, strict=True)), names_differ)
                      for one in parts])  # fmt: skip
        if truth:
            return True
        answer = None if truth is None else answer
    return answer


def _distinct(atoms: Sequence[Constraint]) -> list[Any] | None:
    """Return one value of each kind that the conditions tell apart."""
    values = list(atoms[0].operand.tried(atoms) or ())
    if not values or len(values) * len(atoms) > MAX_LOOKED_AT:
        return None
    kinds: dict[tuple[Truth, ...], Any] = {}
    for value in values:
        kinds.setdefault(tuple(atom.holds(value) for atom in atoms), value)
    return list(kinds.values())


def _truth(part: _Tried, point: Mapping[str, Any], names_differ: bool) -> Truth:
    """Return the truth by three-valued logic: one false part decides, whatever the others are."""
    if isinstance(part, _Not):
        inner = _all([_truth(one, point, names_differ) for one in part.parts])
        return None if inner is None else not inner
    if isinstance(part, Constraint):
        if part.operand.term not in point:
            return None
        holds = part.holds(point[part.operand.term])
        unsure = part.operand.nested and not names_differ and part.operator not in _EXCLUDING
        return None if unsure and holds is False else holds
    if isinstance(part, Logical):
        return _logical(part.name, [_truth(one, point, names_differ) for one in part.parts])
    return True if isinstance(part, Duty) else None


_EXCLUDING: Final = frozenset({"neq", "isNoneOf"})


def _logical(name: str, truths: list[Truth]) -> Truth:
    if name == "or":
        contrary = _all([None if one is None else not one for one in truths])
        return None if contrary is None else not contrary
    if name != "xone":
        return _all(truths)
    if truths.count(True) > 1:
        return False
    return None if None in truths else truths.count(True) == 1


def _all(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def _groups(parts: Sequence[_Tried]) -> list[list[_Tried]]:
    """Return the parts in groups that share no operand: each can be tried on its own."""
    groups: list[tuple[set[str], list[_Tried]]] = []
    for part in parts:
        names, members = set(operands_of(part)), [part]
        for group in [one for one in groups if one[0] & names]:
            groups.remove(group)
            names, members = names | group[0], [*group[1], *members]
        groups.append((names, members))
    return [members for _, members in groups]


def _understood(part: Part) -> bool:
    if isinstance(part, Logical):
        return all(map(_understood, part.parts))
    return isinstance(part, Constraint)


def operands_of(part: _Tried) -> frozenset[str]:
    """Return the left operands that `part` names."""
    return frozenset(atom.operand.term for atom in _atoms(part))


def _atoms(part: _Tried) -> Iterator[Constraint]:
    if isinstance(part, Logical | _Not):
        for one in part.parts:
            yield from _atoms(one)
    elif isinstance(part, Constraint):
        yield part
