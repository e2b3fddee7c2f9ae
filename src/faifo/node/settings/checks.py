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
Path = tuple[str | int, ...]
Names = Mapping[str, Any]

ADVICE = Phrase("errors.told.setting.explained")
LONGEST_VALUE = 80
_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(.*?)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`")


class Source(NamedTuple):
    """Where the values come from: a file's name and text, and overrides by setting."""

    name: str
    text: str
    overrides: Mapping[tuple[str, ...], str]

    def place(self, path: Path) -> Fact:
        """Return the words that lead a person to `path`."""
        name = tuple(map(str, path[:2]))
        variable = self.overrides.get(name)
        if variable:
            return Phrase("errors.told.setting.environment", variable=variable)
        line = line_of(self.text, name) if name else None
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
        if section not in known:
            raise _no_name((section,), "section", known, source)
        if not isinstance(table, Mapping):
            expected = Phrase("errors.told.setting.section", section=section)
            raise _wrong((section,), table, expected, source)
        for name in table:
            if name not in known[section]:
                raise _no_name((section, name), "setting", known[section], source)
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise _explained(error, content, kinds.type_info(kind), source) from None


def _no_name(path: Path, word: str, known: Sequence[str] | Names, source: Source) -> SettingsError:
    return SettingsError(
        what=Phrase(f"errors.told.setting.no-{word}", place=source.place(path), name=_dotted(path)),
        expected=Phrase("errors.told.setting.one-of", known=", ".join(known)),
        advice=similar(str(path[-1]), known) or ADVICE,
    )


def similar(name: str, known: Sequence[str] | Names) -> Fact:
    """Return a question for a name that may be a slip, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return Phrase("errors.told.setting.meant", close=close[0]) if close else ""


def _wrong(path: Path, value: Any, expected: Fact, source: Source) -> SettingsError:
    return SettingsError(
        what=Phrase(
            "errors.told.setting.is",
            place=source.place(path),
            name=_dotted(path),
            value=_shown(value),
        ),
        expected=expected,
    )


def _explained(
    error: msgspec.ValidationError, value: Any, kind: kinds.Type, source: Source
) -> SettingsError:
    """Return the error in our words: msgspec says the place last, and means Python's types."""
    text = str(error)
    path: Path = ()
    at = _AT.search(text)
    for name, number in _STEP.findall(at[1] if at else ""):
        step: str | int = name or int(number)
        path, value, kind = (*path, step), value[step], _inside(kind, step)
    if missing := _MISSING.match(text):
        wanted = "setting-in-file" if path else "section-in-file"
        return SettingsError(
            what=Phrase(
                "errors.told.setting.unset",
                place=source.place(path),
                name=_dotted((*path, missing[1])),
            ),
            expected=Phrase(f"errors.told.setting.{wanted}"),
            advice=ADVICE,
        )
    if unknown := _UNKNOWN.match(text):
        return _no_name((*path, unknown[1]), "setting", _names(kind), source)
    return _wrong(path, value, in_words(kind), source)


def _inside(kind: kinds.Type, step: str | int) -> kinds.Type:
    """Return the type of what is at `step` in a table or a list."""
    if isinstance(kind, kinds.StructType):
        return next(field.type for field in kind.fields if field.encode_name == step)
    return cast("kinds.VarTupleType", kind).item_type


def _dotted(path: Path) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)[1:]


def _names(kind: kinds.Type) -> list[str]:
    return [field.encode_name for field in cast("kinds.StructType", kind).fields]


def in_words(kind: kinds.Type) -> Fact:
    """Return what a setting of this type may be."""
    if isinstance(kind, kinds.UnionType):
        several = [in_words(one) for one in kind.types if not isinstance(one, kinds.NoneType)]
        return reduce(lambda one, other: Phrase("errors.told.or", one=one, other=other), several)
    if isinstance(kind, kinds.IntType):
        if kind.ge is not None and kind.le is not None:
            return Phrase("errors.told.setting.number.between", ge=kind.ge, le=kind.le)
        return Phrase("errors.told.setting.number.least", ge=kind.ge)
    if isinstance(kind, kinds.FloatType):
        return Phrase("errors.told.setting.number.fraction", ge=kind.ge, le=kind.le)
    if isinstance(kind, kinds.BoolType):
        return Phrase("errors.told.setting.boolean")
    if isinstance(kind, kinds.LiteralType):
        known = ", ".join(f'"{value}"' for value in kind.values)
        return Phrase("errors.told.setting.one-of", known=known)
    if isinstance(kind, kinds.StructType):
        return Phrase("errors.told.setting.table", known=", ".join(_names(kind)))
    if isinstance(kind, kinds.DateTimeType):
        return Phrase("errors.told.setting.moment")
    if isinstance(kind, kinds.VarTupleType):
        named = Phrase("errors.told.setting.list", each=in_words(kind.item_type))
        least, most = kind.min_length or 0, kind.max_length
        if not least and most is None:
            return named
        many = "exactly" if least == most else "least" if most is None else "between"
        return Phrase(f"errors.told.setting.list-{many}", list=named, least=least, most=most)
    if isinstance(kind, kinds.StrType) and kind.pattern:
        return Phrase("errors.told.setting.pattern", pattern=kind.pattern)
    return Phrase("errors.told.setting.text")


def _shown(value: Any) -> str:
    try:  # JSON has no word for what is no number
        text = str(value) if isinstance(value, float) else msgspec.json.encode(value).decode()
    except (TypeError, ValueError, msgspec.MsgspecError):
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
