"""The management API, declared once: what is asked, what is answered, and under which path.

The node serves these operations, `faifo.client` calls them, and the description (OpenAPI) and the
reference pages are made from them. A module is about one subject: its answers, the orders that are
sent, and the operations.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from faifo.api import (
    assessments,
    authority,
    catalog,
    credentials,
    datasets,
    dues,
    evidence,
    guests,
    node,
    notices,
    passports,
    people,
    processes,
    receipts,
    register,
    reports,
    reviews,
    skills,
    status,
    stops,
    today,
)
from faifo.api.operation import Operation

ROOT = "/manage/v1"
SUBJECTS: tuple[ModuleType, ...] = (
    node,
    datasets,
    assessments,
    dues,
    catalog,
    processes,
    stops,
    passports,
    notices,
    evidence,
    credentials,
    authority,
    skills,
    register,
    people,
    reviews,
    receipts,
    today,
    reports,
    status,
    guests,
)


def operations() -> tuple[Operation[Any], ...]:
    """Return every operation below `ROOT`."""
    return tuple(
        one for subject in SUBJECTS for one in vars(subject).values() if isinstance(one, Operation)
    )
