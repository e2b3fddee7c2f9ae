"""Terms in plain form as text (YAML) ↔ the document; a node needs no text, so it loads no YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from faifo.phrases import Phrase
from faifo.policy.plain import wrong

MAX_BYTES: Final = 65_536


class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """Texts, lists and mappings only: no `no` that is false, no names for parts, no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("names for parts (& and *) are not read here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(made) != len(node.value):
            raise yaml.YAMLError("a name stands twice")
        return made


def read_plain(text: str) -> dict[str, Any]:
    """Return the document in `text`.

    Raises:
        SettingsError: it is no YAML of this form, or too large.
    """
    if len(text.encode()) > MAX_BYTES:
        raise wrong("$", Phrase("errors.told.plain.large", limit=MAX_BYTES))
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a BaseLoader makes texts only
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        place = f"line {where.line + 1}" if where else "$"
        why = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise wrong(place, str(why)) from None
    if not isinstance(found, dict):
        raise wrong("$", Phrase("errors.told.plain.mapping"))
    return found


def write_plain(document: Mapping[str, Any]) -> str:
    """Return a plain document as YAML."""
    return str(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False))
