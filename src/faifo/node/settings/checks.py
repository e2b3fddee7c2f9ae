"""From a tree of values to `Settings`: each wrong one is named with its place and what it may be.

A value's place is a line of the file, or the environment variable that overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect as kinds

from faifo.errors import Fact, SettingsError
from faifo.node.settings.places import line_of
from faifo.phrases import Phrase

S = TypeVar("S")

ADVICE = Phrase("errors.told.setting.explained")
LONGEST_VALUE = 80
_AT = re.compile(r" - at `\$\.?(.*)`$")


class Source(NamedTuple):
    """Where the values come from: a file's name and text, and overrides by setting."""

    name: str
    text: str
    overrides: Mapping[tuple[str, ...], str]

    def place(self, path: tuple[str, ...]) -> Fact:
        """Return the words that lead a person to `path`."""
        variable = self.overrides.get(path)
        if variable:
            return Phrase("errors.told.setting.environment", variable=variable)
        line = line_of(self.text, path)
        return f"{self.name}:{line}" if line else self.name


def sections(kind: type[Any]) -> dict[str, dict[str, Any]]:
    """Return the tables of a settings type, and the types of what stands in them; not to change."""
    return _sections(cast("Any", kind))


@cache
def _sections(kind: Any) -> dict[str, dict[str, Any]]:
    found = {}
    for table in msgspec.structs.fields(kind):
        fields = msgspec.structs.fields(table.type)
        found[table.encode_name] = {field.encode_name: field.type for field in fields}
    return found


def convert(content: Mapping[str, Any], kind: type[S], source: Source) -> S:
    """Return `content` as `kind`.

    Raises:
        SettingsError: a name that is none, a wrong value, or something that must be set and is not.
    """
    known = sections(kind)
    for section, table in content.items():
        _check_name(section, known, (section,), source, "section")
        if not isinstance(table, Mapping):
            expected = Phrase("errors.told.setting.section", section=section)
            _wrong((section,), table, expected, source)
        for name in table:
            _check_name(name, known[section], (section, name), source, "setting")
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise _explained(error, content, known, source) from None


def _check_name(
    name: str, known: Mapping[str, Any], path: tuple[str, ...], source: Source, word: str
) -> None:
    if name in known:
        return
    raise SettingsError(
        what=Phrase(
            f"errors.told.setting.no-{word}", place=source.place(path), name=".".join(path)
        ),
        expected=Phrase("errors.told.setting.one-of", known=", ".join(known)),
        advice=similar(name, known) or ADVICE,
    )


def similar(name: str, known: Sequence[str] | Mapping[str, Any]) -> Fact:
    """Return a question for a name that may be a slip, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return Phrase("errors.told.setting.meant", close=close[0]) if close else ""


def _wrong(path: tuple[str, ...], value: Any, expected: Fact, source: Source) -> None:
    name = ".".join(path)
    raise SettingsError(
        what=Phrase(
            "errors.told.setting.is", place=source.place(path), name=name, value=_shown(value)
        ),
        expected=expected,
    )


def _explained(
    error: msgspec.ValidationError,
    content: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    source: Source,
) -> SettingsError:
    """Return the error in our words: msgspec says the place last, and means Python's types."""
    text = str(error)
    at = _AT.search(text)
    path = tuple(re.sub(r"\[.*?\]", "", at[1]).split(".")) if at and at[1] else ()
    missing = re.match(r"Object missing required field `(.*?)`", text)
    if missing:
        where = source.place(path) if path else source.name
        name = ".".join((*path, missing[1]))
        wanted = "setting-in-file" if path else "section-in-file"
        return SettingsError(
            what=Phrase("errors.told.setting.unset", place=where, name=name),
            expected=Phrase(f"errors.told.setting.{wanted}"),
            advice=ADVICE,
        )
    if len(path) != 2:
        return SettingsError(
            what=Phrase("errors.told.file.unreadable", path=source.name, why=text),
            expected=Phrase("errors.told.setting.settings"),
            advice=ADVICE,
        )
    section, name = path
    value = content[section][name]
    try:
        _wrong(path, value, in_words(kinds.type_info(known[section][name])), source)
    except SettingsError as explained:
        return explained
    raise AssertionError  # pragma: no cover


def in_words(kind: kinds.Type) -> Fact:
    """Return what a setting of this type may be."""
    if isinstance(kind, kinds.UnionType):
        several = [in_words(one) for one in kind.types if not isinstance(one, kinds.NoneType)]
        return reduce(lambda one, other: Phrase("errors.told.or", one=one, other=other), several)
    if isinstance(kind, kinds.IntType):
        if kind.ge is not None and kind.le is not None:
            return Phrase("errors.told.setting.number.between", ge=kind.ge, le=kind.le)
        least = "any" if kind.ge is None else "least"
        return Phrase(f"errors.told.setting.number.{least}", ge=kind.ge)
    if isinstance(kind, kinds.BoolType):
        return Phrase("errors.told.setting.boolean")
    if isinstance(kind, kinds.LiteralType):
        known = ", ".join(f'"{value}"' for value in kind.values)
        return Phrase("errors.told.setting.one-of", known=known)
    if isinstance(kind, kinds.VarTupleType):
        return Phrase("errors.told.setting.list", each=in_words(kind.item_type))
    return Phrase("errors.told.setting.text")


def _shown(value: Any) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, msgspec.MsgspecError):
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
