"""The catalogue: keys dotted by room (`policy.dateTime.lteq.fails`) to phrases with `{facts}`.

en.toml and vi.toml hold the same keys with the same facts, and so does ko.toml but for keys that
are listed as not translated yet (tests prove it); those are said in English. A phrase that counts
is a table: `by` names the fact that is counted, and the other members are the forms by the plural
category of that number (CLDR). A fact may be a phrase itself, or several. A missing key or fact is
an error of the program, never of the reader, and so raises KeyError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from string import Formatter
from typing import Any, Final, NamedTuple

from faifo.phrases.reading import tables

LANGUAGES: Final = ("en", "vi", "ko")
UNREAD: Final = ("vi", "ko")
"""Languages that nobody who speaks them from childhood has read yet; pages say so."""

WRITTEN: Final = ("en", "vi")
"""The languages of texts that others write, such as those of packs and registers."""

# CLDR's categories of whole numbers; Vietnamese and Korean have one form for all.
_CATEGORY: Final[dict[str, Callable[[int], str]]] = {
    "en": lambda count: "one" if count == 1 else "other",
    "vi": lambda _: "other",
    "ko": lambda _: "other",
}
_LISTED: Final = "; "
_CAUSES: Final = frozenset({"why", "reason", "error"})
_PLACED: Final = "errors.library.at."
_SAID: Final = ("errors.library.said.", "errors.unreachable", "errors.peer-error", "reason.push.")
_TYPED: Final = "why"
"""A fact that may be a person's own words: "the data is wrong" is no condition of terms."""
# Who logs in, and by what, in a URL; a password may hold what belongs to no URL.
_LOGIN: Final = re.compile(r"""(?<=://)(?:[^\s/?#"'<>]*|[^\s/?#:\[]*:(?!\d+[/?#])[^\s"'<>]*)@""")


class Counted(NamedTuple):
    """A phrase that has a form for each plural category of the fact `by`."""

    by: str
    forms: Mapping[str, str]


class Phrase:
    """A sentence, or a part of one, that is said when the reader's language is known."""

    __slots__ = ("facts", "key")

    def __init__(self, key: str, /, **facts: Any) -> None:
        self.key = key
        self.facts = facts

    def __str__(self) -> str:
        return say(self.key, "en", **self.facts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Phrase):
            return NotImplemented
        return (self.key, self.facts) == (other.key, other.facts)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Phrase({self.key!r}, {self.facts!r})"


def say(key: str, lang: str, /, **facts: object) -> str:
    """Return the phrase `key` in `lang`, filled with `facts`.

    Raises:
        KeyError: no such language, key or fact.
    """
    if lang not in LANGUAGES:
        raise KeyError(f"no phrases in the language {lang!r}; there are {', '.join(LANGUAGES)}")
    phrase = catalogue(lang).get(key)
    if phrase is None:
        raise KeyError(f"no phrase {key!r} in {lang}.toml")
    missing = sorted(placeholders(phrase) - facts.keys())
    if missing:
        raise KeyError(f"the phrase {key!r} needs the facts: {', '.join(missing)}")
    if isinstance(phrase, Counted):
        # One that is said in English has its forms.
        category = _CATEGORY[lang if len(phrase.forms) == 1 else "en"]
        phrase = phrase.forms[category(int(str(facts[phrase.by])))]
    return phrase.format_map({name: _fact(name, value, lang) for name, value in facts.items()})


def _fact(name: str, fact: object, lang: str) -> object:
    """Return a fact as it stands in a sentence of `lang`, also one that a library says in English.

    What `why`, `reason` and `error` name is an error, or what a library or the system said of one.
    """
    if name in _CAUSES:
        sentence = getattr(fact, "sentence", None)
        fact = sentence(lang) if sentence else getattr(fact, "strerror", None) or fact
        if isinstance(fact, str | Exception) and lang != "en":
            text = str(fact)
            placed = phrase_of(text, _PLACED, within=_SAID)
            found = phrase_of(text, *_SAID) if placed == text else placed
            fact = fact if found == text else found
    return spoken(fact, lang)


def written(texts: Mapping[str, str], lang: str) -> str:
    """Return the text for `lang` of several that mean the same; English where there is none."""
    return texts.get(lang) or texts.get("en", "")


def spoken(fact: object, lang: str) -> object:
    """Return a fact as it stands in a sentence of `lang`; of texts by language, the one for it.

    No sentence shows the login in a URL.
    """
    if isinstance(fact, Phrase):
        return say(fact.key, lang, **fact.facts)
    if isinstance(fact, tuple):
        return _LISTED.join(str(spoken(one, lang)) for one in fact)
    if isinstance(fact, str):
        return _LOGIN.sub("…@", fact) if "@" in fact else fact
    return written(fact, lang) if isinstance(fact, Mapping) else fact


def phrase_of(text: str, *sections: str, within: tuple[str, ...] = ()) -> str | Phrase:
    """Return the phrase of `sections` whose English `text` is, with its facts; else `text`.

    For what stands somewhere in English, for programs too, and is read by people of any language.
    `within`: further sections in which its facts are looked up, but for those that people type.
    """
    for key, pattern in _patterns(sections):
        if found := pattern.fullmatch(text):
            facts = {
                name: _fact_of(fact, sections, within)
                if name == _TYPED
                else _fact_of(fact, (*sections, *within), ())
                for name, fact in found.groupdict().items()
            }
            return Phrase(key, **facts)
    return text


def _fact_of(
    fact: str, sections: tuple[str, ...], within: tuple[str, ...]
) -> str | Phrase | tuple[str | Phrase, ...]:
    """Return the phrase of a fact, or those of several; else the fact."""
    whole = phrase_of(fact, *sections, within=within)
    if whole != fact:
        return whole
    return tuple(phrase_of(one, *sections, within=within) for one in fact.split(_LISTED))


@cache
def _patterns(sections: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """Return the English phrases as patterns, those that say most beside their facts first."""
    found = []
    for key, phrase in catalogue("en").items():
        if key.startswith(sections) and isinstance(phrase, str):
            said = "".join(literal for literal, *_ in Formatter().parse(phrase))
            if said.strip():
                found.append((len(said), key, re.compile(_pattern(phrase), re.S)))
    return [(key, pattern) for _, key, pattern in sorted(found, key=lambda one: -one[0])]


def _pattern(phrase: str) -> str:
    pattern = ""
    for literal, name, _, conversion in Formatter().parse(phrase):
        quote = "['\"]" if conversion == "r" else ""
        pattern += re.escape(literal) + (f"{quote}(?P<{name}>.*?){quote}" if name else "")
    return pattern


def language(environ_lang: str | None) -> str:
    """Return the language for a value of LANG such as `vi_VN.UTF-8`; English unless it is here."""
    name = (environ_lang or "").partition(".")[0].partition("_")[0].partition("-")[0]
    return name.lower() if name.lower() in LANGUAGES else "en"


def accepted(header: str | None) -> str:
    """Return the language that Accept-Language likes best of those here. Spec: RFC 9110 §12.5.4."""
    weighted = []
    for place, part in enumerate((header or "")[:500].split(",")):
        name, _, weight = part.replace(" ", "").partition(";q=")
        try:
            likes = float(weight or 1)
        except ValueError:
            continue
        if likes > 0 and name[:2].lower() in LANGUAGES:
            weighted.append((-likes, place, name))
    return language(min(weighted)[2] if weighted else None)


@cache
def catalogue(lang: str) -> dict[str, str | Counted]:
    """Return all phrases of `lang` by their dotted keys; the English ones where it has none."""
    own = translated(lang)
    return own if lang == "en" else {**catalogue("en"), **own}


def translated(lang: str) -> dict[str, str | Counted]:
    """Return the phrases that stand in the file of `lang`."""
    text = files("faifo.phrases").joinpath(f"{lang}.toml").read_text("utf-8")
    parts = (_flat({name: one} if name else one, "") for name, one in tables(text).items())
    return dict(chain.from_iterable(parts))


@cache
def help_texts(lang: str) -> dict[str, str]:
    """Return what the command line's help says in `lang`, by the English texts."""
    if lang == "en":
        return {}
    text = files("faifo.phrases").joinpath(f"help.{lang}.toml").read_text("utf-8")
    return {key: str(value) for key, value in tables(text)[""].items()}


def glossary() -> list[dict[str, str]]:
    """Return words that are the same in every text, each by language."""
    text = files("faifo.phrases").joinpath("glossary.toml").read_text("utf-8")
    words: list[dict[str, str]] = tables(text)[""]["word"]
    return words


def placeholders(phrase: str | Counted) -> set[str]:
    """Return the names of the facts that `phrase` needs."""
    if isinstance(phrase, Counted):
        return {phrase.by}.union(*map(placeholders, phrase.forms.values()))
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str | Counted]]:
    found: list[tuple[str, str | Counted]] = []
    for name, value in table.items():
        if not isinstance(value, dict):
            found.append((prefix + name, str(value)))
        elif "by" in value and "other" in value:
            forms = {form: text for form, text in value.items() if form != "by"}
            found.append((prefix + name, Counted(value["by"], forms)))
        else:
            found += _flat(value, f"{prefix}{name}.")
    return found
