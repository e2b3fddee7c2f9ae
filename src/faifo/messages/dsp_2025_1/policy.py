"""ODRL policies in the form that the Dataspace Protocol allows. Spec: DSP 2025-1 §4 and §7.2.

A policy travels as a plain mapping, so that nothing of it is lost and the policy room can refuse
what it does not understand (a `duty` in a permission, for instance). The types here are read-only
views that check the shape; `check` is applied to every policy that is read or sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from faifo.messages.dsp_2025_1.place import shape_error
from faifo.messages.dsp_2025_1.wire import Id, ShapeError, Wire
from faifo.phrases import Phrase

Document: TypeAlias = dict[str, Any]
"""A policy as it stands on the wire."""


class Operator(StrEnum):
    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTEQ = "gteq"
    LT = "lt"
    LTEQ = "lteq"
    IS_A = "isA"
    HAS_PART = "hasPart"
    IS_PART_OF = "isPartOf"
    IS_ALL_OF = "isAllOf"
    IS_ANY_OF = "isAnyOf"
    IS_NONE_OF = "isNoneOf"
    TERM_LTEQ = "term-lteq"  # SPEC-GAP(spec-notes #6): in the schema, not in the context


class AtomicConstraint(Wire, frozen=True, kw_only=True):
    left_operand: Id
    operator: Operator
    right_operand: str | dict[str, Any] | tuple[Any, ...]


class LogicalConstraint(Wire, frozen=True, kw_only=True):
    operator: Literal["and", "or", "xone", "andSequence"]
    operands: tuple[Constraint, ...]


class Constraint(Wire, frozen=True, kw_only=True):
    """What a constraint may look like on the wire; `form` says which of the two it is."""

    left_operand: Id | UnsetType = UNSET
    operator: Operator | UnsetType = UNSET
    right_operand: str | dict[str, Any] | tuple[Any, ...] | UnsetType = UNSET
    all_of: tuple[Constraint, ...] | UnsetType = msgspec.field(name="and", default=UNSET)
    any_of: tuple[Constraint, ...] | UnsetType = msgspec.field(name="or", default=UNSET)
    one_of: tuple[Constraint, ...] | UnsetType = msgspec.field(name="xone", default=UNSET)
    in_turn: tuple[Constraint, ...] | UnsetType = msgspec.field(name="andSequence", default=UNSET)

    def __post_init__(self) -> None:
        parts = (self.left_operand, self.operator, self.right_operand)
        atomic = sum(part is not UNSET for part in parts)
        logical = sum(
            part is not UNSET for part in (self.all_of, self.any_of, self.one_of, self.in_turn)
        )
        if (atomic, logical) not in {(3, 0), (0, 1)}:
            raise ShapeError(
                what=Phrase("errors.told.shape.constraint"),
                expected=Phrase("errors.told.shape.constraint-wanted"),
                where="$",
            )

    def form(self) -> AtomicConstraint | LogicalConstraint:
        """Return the constraint as the one of the two that it is."""
        if self.left_operand and self.operator and self.right_operand is not UNSET:
            return AtomicConstraint(
                left_operand=self.left_operand,
                operator=self.operator,
                right_operand=self.right_operand,
            )
        if self.all_of is not UNSET:
            return LogicalConstraint(operator="and", operands=self.all_of)
        if self.any_of is not UNSET:
            return LogicalConstraint(operator="or", operands=self.any_of)
        if self.one_of is not UNSET:
            return LogicalConstraint(operator="xone", operands=self.one_of)
        return LogicalConstraint(operator="andSequence", operands=self.in_turn or ())


class Rule(Wire, frozen=True, kw_only=True):
    """A permission, prohibition or duty. The target stands in the policy, never in a rule."""

    action: Id
    constraint: tuple[Constraint, ...] = ()
    target: Any = UNSET

    def __post_init__(self) -> None:
        if self.target is not UNSET:
            raise ShapeError(
                what=Phrase("errors.told.shape.rule-target"),
                expected=Phrase("errors.told.shape.policy-target"),
                where="$.target",
            )


Permission: TypeAlias = Rule

Rules: TypeAlias = Annotated[tuple[Rule, ...], msgspec.Meta(min_length=1)]


class Policy(Wire, frozen=True, kw_only=True):
    id: Id = msgspec.field(name="@id")
    profile: str | tuple[str, ...] = ()
    permission: Rules = ()
    prohibition: Rules = ()
    obligation: Rules = ()

    def __post_init__(self) -> None:
        if not (self.permission or self.prohibition):
            raise ShapeError(
                what=Phrase("errors.told.shape.no-rule"),
                expected=Phrase("errors.told.shape.rule"),
                where="$",
            )


class Offer(Policy, frozen=True, kw_only=True):
    """An offer in a catalog, where the dataset that holds it is its target."""

    # SPEC-GAP(spec-notes #4): required in the prose and in messages, not in the catalog's schema.
    type: Literal["Offer"] | UnsetType = msgspec.field(name="@type", default=UNSET)
    target: Any = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.target is not UNSET:
            raise ShapeError(
                what=Phrase("errors.told.shape.offer-target"),
                expected=Phrase("errors.told.shape.none-there"),
                where="$.target",
            )


class MessageOffer(Policy, frozen=True, kw_only=True):
    """An offer in a message; `target` is the dataset."""

    type: Literal["Offer"] = msgspec.field(name="@type")
    target: Id | UnsetType = UNSET


class TargetedOffer(Policy, frozen=True, kw_only=True):
    """The offer of a ContractOfferMessage, whose target must be there. Spec: DSP 2025-1 §7.2.2."""

    type: Literal["Offer"] = msgspec.field(name="@type")
    target: Id


# xsd:dateTime, the pattern of the published schema; there it is not anchored (spec-notes #5).
_DATE_TIME: Final = re.compile(
    r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|(24:00:00(\.0+)?))"
    r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)


class Agreement(Policy, frozen=True, kw_only=True):
    type: Literal["Agreement"] = msgspec.field(name="@type")
    target: Id
    assigner: Id
    assignee: Id
    timestamp: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.timestamp is not UNSET and not _DATE_TIME.fullmatch(self.timestamp):
            raise ShapeError(
                what=Phrase("errors.told.shape.timestamp"),
                expected="xsd:dateTime",
                where="$.timestamp",
            )


P = TypeVar("P", bound=Policy)


def view(document: Mapping[str, Any], kind: type[P]) -> P:
    """Return `document` as `kind`; members that `kind` does not know are left out of the view.

    Raises:
        ShapeError: a MalformedMessageError that names the place, `$` being the policy.
    """
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise shape_error(error) from error


def check(document: Mapping[str, Any], kind: type[Policy], *, where: str) -> None:
    """Raise ShapeError unless `document`, which stands at `where`, has the shape of `kind`."""
    try:
        view(document, kind)
    except ShapeError as error:
        raise ShapeError(
            what=error.what, expected=error.expected, where=where + error.where[1:]
        ) from error
