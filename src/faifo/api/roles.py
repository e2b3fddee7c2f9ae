"""What each role of a person's account may do, by the scopes of the operations.

An administrator decides nothing that waits for an approver, and an approver publishes nothing: what
one wants, another decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faifo.api.operation import Scope
from faifo.store.records import PersonRole

_READ: Final = frozenset({Scope.READ})
_LOOK: Final = _READ | {Scope.LOOK}

SCOPES: Final[Mapping[PersonRole, frozenset[Scope]]] = {
    PersonRole.VIEWER: _READ,
    PersonRole.AUDITOR: _LOOK,
    PersonRole.OFFICER: _LOOK | {Scope.ACT},
    PersonRole.APPROVER: _LOOK | {Scope.APPROVE},
    PersonRole.ADMINISTRATOR: _LOOK | {Scope.ACT, Scope.ADMINISTER},
}


def may(role: PersonRole | None, scope: Scope) -> bool:
    """Tell whether a role has a scope; None is who holds the node's directory, and has all."""
    return role is None or scope in SCOPES[role]
