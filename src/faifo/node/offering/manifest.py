"""Many datasets at once: a manifest (CSV or JSON) or a folder → publications.

A manifest is read and checked as a whole before anything is published; a mistake is named with its
row.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from faifo.api.dates import read_moment
from faifo.dataplane.locations import is_url
from faifo.errors import Fact, SettingsError
from faifo.phrases import Phrase
from faifo.policy.terms import Terms, is_moment, is_one, settings

if TYPE_CHECKING:
    from faifo.api.datasets import Publication

TERMS = {one.column or one.name: (operand, one) for operand, one in settings()}
LISTS = (
    "keywords",
    "properties",
    *(name for name, (operand, _) in TERMS.items() if not is_one(operand)),
)
DESCRIBED = (
    "title", "description", "licence", "media_type", "credentials", "contact", "notice", "appeal",
)  # fmt: skip
MEANS = Phrase(
    "errors.told.manifest.row",
    columns=", ".join(("location", "id", *DESCRIBED, "keywords", "properties", *TERMS)),
)

Row = msgspec.defstruct(
    "Row",
    [
        ("location", str),
        *((name, str | None, None) for name in ("id", *DESCRIBED)),
        *((name, tuple[str, ...], ()) for name in LISTS),
        *((name, str | None, None) for name in TERMS if name not in LISTS),
    ],
    frozen=True,
    kw_only=True,
    namespace={"__doc__": "One dataset. `location` is a URL, or a path from the manifest."},
)


def read_properties(given: Sequence[str]) -> dict[str, str | int]:
    """Return properties that were given as `NAME=VALUE`; whole numbers are numbers.

    Raises:
        SettingsError: one is not of that form.
    """
    found: dict[str, str | int] = {}
    for one in given:
        name, equals, value = (part.strip() for part in one.partition("="))
        if not name or not equals or not value:
            raise SettingsError(
                what=Phrase("errors.told.manifest.property", given=one),
                expected=Phrase("errors.told.manifest.name-value"),
            )
        number = re.fullmatch(r"-?\d{1,15}", value, re.ASCII)
        found[name] = int(value) if number else value
    return found


def read_manifest(path: Path, others: Publication) -> list[Publication]:
    """Return what the manifest names; `others` has what holds where a row says nothing.

    Raises:
        SettingsError: it cannot be read, or a row is wrong; says which.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or Phrase("errors.told.manifest.not-utf8")
        raise SettingsError(
            what=Phrase("errors.told.manifest.unreadable", path=str(path), why=why),
            expected=Phrase("errors.told.manifest.kind"),
        ) from None
    rows = _json(path, text) if path.suffix.lower() == ".json" else _csv(path, text)
    found = [_publication(path, place, row, others) for place, row in rows]
    if not found:
        raise SettingsError(
            what=Phrase("errors.told.manifest.empty", path=str(path)), expected=MEANS
        )
    _check_ids(path, found)
    return found


def read_folder(folder: Path, others: Publication) -> list[Publication]:
    """Return a publication for every file below `folder` whose name is not hidden.

    Raises:
        SettingsError: there is none, or a title or an id is given, which only one can have.
    """
    if others.id is not None or others.title is not None:
        raise SettingsError(
            what=Phrase("errors.told.manifest.folder", folder=str(folder)),
            expected=Phrase("errors.told.manifest.single"),
        )
    root = folder.absolute().resolve()
    found = [
        msgspec.structs.replace(others, location=str(file), id=f"{root.name}/{name}", title=name)
        for name, file in _visible(root)
    ]
    if not found:
        raise SettingsError(
            what=Phrase("errors.told.manifest.no-file", folder=str(folder)),
            expected=Phrase("errors.told.manifest.files"),
        )
    return found


def _visible(root: Path) -> Iterator[tuple[str, Path]]:
    for above, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            file = Path(above) / name
            if not name.startswith(".") and file.is_file():
                yield file.relative_to(root).as_posix(), file


def _json(path: Path, text: str) -> list[tuple[Phrase, Any]]:
    try:
        entries = msgspec.json.decode(text.encode(), type=list[msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise SettingsError(
            what=Phrase("errors.told.manifest.wrong", path=str(path), error=str(error)),
            expected=Phrase("errors.told.manifest.list", row=MEANS),
        ) from None
    rows = []
    for number, entry in enumerate(entries, 1):
        place = Phrase("errors.told.manifest.entry", number=number)
        try:
            values = msgspec.json.decode(entry, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise _wrong(path, place, str(error)) from None
        rows.append((place, _made(path, place, values)))
    return rows


def _csv(path: Path, text: str) -> list[tuple[Phrase, Any]]:
    head = text.partition("\n")[0]
    # Where a comma is in numbers, spreadsheets write semicolons between cells.
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True, strict=True
    )
    rows = []
    place = Phrase("errors.told.manifest.line", number=1)
    try:
        for cells in reader:
            place = Phrase("errors.told.manifest.line", number=reader.line_num)
            rows.append((place, _row(path, place, cells)))
    except csv.Error:
        raise _wrong(path, place, Phrase("errors.told.manifest.quotes")) from None
    return rows


def _row(path: Path, place: Phrase, cells: dict[str | Any, Any]) -> Any:
    if None in cells or None in cells.values():
        raise _wrong(path, place, Phrase("errors.told.manifest.cells"))
    values: dict[str, Any] = {}
    for name, cell in cells.items():
        column = name.strip().lower()
        if not cell.strip():
            continue
        values[column] = _parts(cell) if column in LISTS else cell.strip()
    return _made(path, place, values)


def _made(path: Path, place: Phrase, values: dict[str, Any]) -> Any:
    for name in values:
        if name not in Row.__struct_fields__:
            raise _wrong(path, place, Phrase("errors.told.manifest.column", name=name))
    if "location" not in values:
        raise _wrong(path, place, Phrase("errors.told.manifest.no-location"))
    try:
        return msgspec.convert(values, Row)
    except msgspec.ValidationError as error:
        raise _wrong(path, place, str(error)) from None


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _wrong(path: Path, place: Phrase, why: Fact) -> SettingsError:
    return SettingsError(
        what=Phrase("errors.told.manifest.at", path=str(path), place=place, why=why), expected=MEANS
    )


def _publication(path: Path, place: Phrase, row: Any, others: Publication) -> Publication:
    where = row.location
    if not is_url(where):
        where = str((path.parent / where).absolute())
    terms: dict[str, Any] = {}
    try:
        for column, (operand, one) in TERMS.items():
            said = getattr(row, column)
            if said and is_moment(operand):
                said = read_moment(column, said, end_of_day=one.end_of_day)
            terms[one.name] = said or getattr(others.terms, one.name)
        properties = read_properties(row.properties) or others.properties
    except SettingsError as error:
        raise _wrong(path, place, error.said()) from None
    given = {name: getattr(row, name) for name in ("keywords", *DESCRIBED)}
    return msgspec.structs.replace(
        others,
        location=where,
        id=row.id,
        terms=Terms(**terms),
        properties=properties,
        **{name: value or getattr(others, name) for name, value in given.items()},
    )


def _check_ids(path: Path, found: list[Publication]) -> None:
    seen: set[str] = set()
    for publication in found:
        if publication.id is None:
            continue
        if publication.id in seen:
            raise SettingsError(
                what=Phrase("errors.told.manifest.twice", path=str(path), id=publication.id),
                expected=Phrase("errors.told.manifest.ids"),
            )
        seen.add(publication.id)
