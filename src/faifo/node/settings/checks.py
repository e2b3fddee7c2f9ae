"""From a tree of values to `Settings`: each wrong one is named with its place and what it may be.

A value's place is a line of the file, or the environment variable that overrides it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect as kinds

from faifo.errors import SettingsError
from faifo.node.settings.places import line_of

S = TypeVar("S")

ADVICE = "every setting is explained in docs/reference/settings.md"
LONGEST_VALUE = 80
_AT = re.compile(r" - at `\$\.?(.*)`$")


class Source(NamedTuple):
    """Where the values come from: a file's name and text, and overrides by setting."""

    name: str
    text: str
    overrides: Mapping[tuple[str, ...], str]

    def place(self, path: tuple[str, ...]) -> str:
        """Return the words that lead a person to `path`."""
        variable = self.overrides.get(path)
        if variable:
            return f"{variable} in the environment"
        line = line_of(self.text, path)
        return f"{self.name}:{line}" if line else self.name


def sections(kind: type[Any]) -> dict[str, dict[str, kinds.Type]]:
    """Return the tables of a settings type, and the types of what stands in them."""
    found = {}
    for table in msgspec.structs.fields(kind):
        fields = msgspec.structs.fields(table.type)
        found[table.encode_name] = {
            field.encode_name: kinds.type_info(field.type) for field in fields
        }
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
            _wrong((section,), table, f"a section: [{section}]", source)
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
        what=f"{source.place(path)}: there is no {word} {'.'.join(path)}",
        expected=f"one of {', '.join(known)}",
        advice=similar(name, known) or ADVICE,
    )


def similar(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """Return a question for a name that may be a slip, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def _wrong(path: tuple[str, ...], value: Any, expected: str, source: Source) -> None:
    name = ".".join(path)
    raise SettingsError(what=f"{source.place(path)}: {name} is {_shown(value)}", expected=expected)


def _explained(
    error: msgspec.ValidationError,
    content: Mapping[str, Any],
    known: Mapping[str, Mapping[str, kinds.Type]],
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
        wanted = "a section" if not path else "it"
        return SettingsError(
            what=f"{where}: {name} is not set",
            expected=f"{wanted} in this file",
            advice=ADVICE,
        )
    if len(path) != 2:
        return SettingsError(what=f"{source.name}: {text}", expected="settings", advice=ADVICE)
    section, name = path
    value = content[section][name]
    try:
        _wrong(path, value, in_words(known[section][name]), source)
    except SettingsError as explained:
        return explained
    raise AssertionError  # pragma: no cover


def in_words(kind: kinds.Type) -> str:
    """Return what a setting of this type may be."""
    if isinstance(kind, kinds.UnionType):
        return " or ".join(
            in_words(one) for one in kind.types if not isinstance(one, kinds.NoneType)
        )
    if isinstance(kind, kinds.IntType):
        if kind.ge is not None and kind.le is not None:
            return f"a whole number from {kind.ge} to {kind.le}"
        return "a whole number" if kind.ge is None else f"a whole number, {kind.ge} or more"
    if isinstance(kind, kinds.BoolType):
        return "true or false"
    if isinstance(kind, kinds.LiteralType):
        return "one of " + ", ".join(f'"{value}"' for value in kind.values)
    if isinstance(kind, kinds.VarTupleType):
        return f'a list in brackets, such as ["…"], each {in_words(kind.item_type)}'
    return 'a text in quotes, such as "…"'


def _shown(value: Any) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, msgspec.MsgspecError):
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
