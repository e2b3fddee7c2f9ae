"""Settings from the environment: `FAIFO_<SECTION>_<NAME>` prevails over the file.

Texts are taken as they are; numbers and true or false as in the file; lists as in the file or with
commas between. An empty text means that the setting has no value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect as kinds

from faifo.errors import SettingsError
from faifo.node.settings.checks import sections, similar
from faifo.phrases import Phrase

PREFIX = "FAIFO_"


def variable(section: str, name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


def overrides(
    environ: Mapping[str, str], kind: type[Any]
) -> Iterator[tuple[tuple[str, str], str, Any]]:
    """Yield path, variable and value of every setting that the environment has.

    Raises:
        SettingsError: a variable that can only be meant as a setting, and is none.
    """
    known = {
        variable(section, name): ((section, name), type_)
        for section, table in sections(kind).items()
        for name, type_ in table.items()
    }
    starts = tuple(f"{PREFIX}{section}_".upper() for section in sections(kind))
    for name, text in environ.items():
        if name in known:
            path, type_ = known[name]
            yield path, name, _value(text, kinds.type_info(type_))
        elif name.startswith(starts) or (name.startswith(PREFIX) and _slip(name, known)):
            raise SettingsError(
                what=Phrase("errors.told.setting.no-variable", name=name),
                expected=f"{PREFIX}SECTION_NAME",
                advice=similar(name, known) or Phrase("errors.told.setting.remove"),
            )


def _slip(name: str, known: Mapping[str, Any]) -> bool:
    """Tell whether a name differs from a setting's by a letter or two in its section."""
    import difflib

    return bool(difflib.get_close_matches(name, list(known), n=1, cutoff=0.92))


def _value(text: str, kind: kinds.Type) -> Any:
    types = kind.types if isinstance(kind, kinds.UnionType) else (kind,)
    if text == "" and any(isinstance(one, kinds.NoneType) for one in types):
        return None
    if any(isinstance(one, kinds.StrType | kinds.LiteralType) for one in types):
        return text
    if isinstance(kind, kinds.VarTupleType) and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text  # it will be refused with the words of its type
