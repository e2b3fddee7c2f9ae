"""Help texts in the reader's language: the English ones stand with the verbs, the others beside."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import click

from faifo.phrases import help_texts, spoken
from faifo.phrases.catalogue import phrase_of

# What click adds behind the help of an option.
_EXTRA = re.compile(r"(.*?)( *\[(.*)\])?", re.S)


def said_by_click(text: str, lang: str) -> str:
    """Return what click says about a command line in `lang`: the English phrases are its words."""
    return str(spoken(phrase_of(text.strip(), "cli.usage."), lang))


class HelpContext(click.Context):
    """A context whose help is in the chosen language."""

    def make_formatter(self) -> click.HelpFormatter:
        texts = help_texts(getattr(self.obj, "lang", "en"))
        return _Formatter(texts, width=self.terminal_width, max_width=self.max_content_width)


class _Formatter(click.HelpFormatter):
    def __init__(self, texts: dict[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self._texts = texts

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for word in ("[OPTIONS]", "COMMAND [ARGS]..."):
            args = args.replace(word, self._said(word))
        super().write_usage(prog, args, prefix or f"{self._said('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(self._said(heading))

    def write_text(self, text: str) -> None:
        paragraphs = inspect.cleandoc(text).split("\n\n")
        super().write_text("\n\n".join(map(self._paragraph, paragraphs)))

    def write_dl(self, rows: Iterable[tuple[str, str]], *arguments: int, **named: int) -> None:
        said = [(name, self._option(text)) for name, text in rows]
        super().write_dl(said, *arguments, **named)

    def _paragraph(self, text: str) -> str:
        if not text.startswith("\b"):
            return self._said(" ".join(text.split()), text)
        # Laid out by hand: what stands in it is the same in each language, but for its heading.
        mark, heading, *lines = text.split("\n")
        return "\n".join([mark, self._said(heading), *map(self._line, lines)])

    def _line(self, line: str) -> str:
        return line[: len(line) - len(line.lstrip())] + self._said(line.strip())

    def _option(self, text: str) -> str:
        match = _EXTRA.fullmatch(text)
        if match is None or match[2] is None:
            return self._said(" ".join(text.split()), text)
        extra = match[3]
        for word in ("required", "default:"):
            extra = extra.replace(word, self._said(word))
        return f"{self._said(match[1])}  [{extra}]" if match[1] else f"[{extra}]"

    def _said(self, text: str, otherwise: str | None = None) -> str:
        return self._texts.get(text.strip(), text if otherwise is None else otherwise)
