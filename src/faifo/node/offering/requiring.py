"""What packs ask of a publication: those that it names, and those of a pair of economies.

A pair speaks where this node is in one of the two and the terms do not keep out the other. Whether
they do is told by the terms alone: what nobody can show, may reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from faifo.node.settings.model import PublishPair
from faifo.packs.shelf import TERMS, shipped
from faifo.packs.terms import TermsPack, lacking, open_pack, short
from faifo.policy.compare import narrows
from faifo.policy.operands.economy import OPERAND as ECONOMY


class Requirements:
    """The packs of the pairs, opened once."""

    def __init__(self, economy: str = "", pairs: Sequence[PublishPair] = ()) -> None:
        """Open them.

        Raises:
            NotFoundError, SettingsError, TooLargeError: a pair names what is no pack.
        """
        self._pairs: list[tuple[str, TermsPack]] = []
        for pair in pairs:
            one, other = pair.economies
            if economy in (one, other):
                partner = other if economy == one else one
                self._pairs.append((partner, open_pack(pair.pack)))

    def check(self, policy: Mapping[str, Any], named: Sequence[str], *, on: date) -> None:
        """Look whether the policy says what is asked of it `on` that day.

        A pack that does not hold then asks for nothing, and cannot be added to terms either.

        Raises:
            SettingsError: it falls short, with the clause.
        """
        for name in named:
            if name in shipped(TERMS):  # a file of the publisher's own was read where it lies
                _check(policy, open_pack(name))
        for other, pack in self._pairs:
            if pack.holds_on(on) and _reaches(policy, other):
                _check(policy, pack)
                if pack.dossier and pack.id not in named:
                    raise short(pack, next(one for one in pack.clauses if one.id == "dossier"))


def _check(policy: Mapping[str, Any], pack: TermsPack) -> None:
    clause = lacking(policy, pack)
    if clause is not None:
        raise short(pack, clause)


def _reaches(policy: Mapping[str, Any], economy: str) -> bool:
    kept_out = {"leftOperand": ECONOMY.term, "operator": "neq", "rightOperand": economy}
    others = {"permission": [{"action": "use", "constraint": [kept_out]}]}
    return not narrows({"permission": policy.get("permission", [])}, others).permits
