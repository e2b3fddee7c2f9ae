"""Personal data in free text, by pattern and check digit: found before a notice leaves.

It finds what has a form: e-mail addresses, telephone numbers, payment cards (Luhn, ISO/IEC 7812-1),
IBAN (ISO 13616, ISO/IEC 7064 MOD 97-10), and national numbers. It finds no names. What is found is
told by its place, never repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from faifo.errors import RefusedError
from faifo.phrases import Phrase

MOST: Final = 10


class Found(NamedTuple):
    """What kind of data, and from which character to which, counted from 1."""

    what: str
    first: int
    last: int


def _digits(text: str) -> list[int]:
    return [int(one) for one in text if one.isdecimal()]


def _weighted(text: str, weights: Iterable[int]) -> int:
    return sum(a * b for a, b in zip(_digits(text), weights, strict=False))


def _luhn(text: str) -> bool:
    doubled = [
        n if i % 2 == 0 else n * 2 - 9 * (n > 4) for i, n in enumerate(reversed(_digits(text)))
    ]
    return 13 <= len(doubled) <= 19 and sum(doubled) % 10 == 0 and any(doubled)


def _iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    number = "".join(str(int(one, 36)) for one in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(number) % 97 == 1


def _date(year: str, month: str, day: str) -> bool:
    """Tell whether there is such a day in some century."""
    try:
        date(2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _telephone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


def _korea(text: str) -> bool:
    """Resident registration number. Since Oct 2020 its last digit checks nothing: the form counts.

    Without the hyphen the check digit of before decides.
    """
    plain = re.sub(r"\D", "", text)
    if not _date(plain[:2], plain[2:4], plain[4:6]) or plain[6] not in "12345678":
        return False
    rest = _weighted(plain, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11
    return "-" in text or (11 - rest) % 10 == int(plain[12])


def _singapore(text: str) -> bool:
    total = _weighted(text, (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    return table[{"T": "S", "G": "F"}.get(text[0], text[0])][total % 11] == text[-1]


def _thailand(text: str) -> bool:
    digits = _digits(text)
    return (11 - _weighted(text, range(13, 1, -1)) % 11) % 10 == digits[12] and 1 <= digits[0] <= 8


def _vietnam(text: str) -> bool:
    """Citizen's number: province 001-096, sex and century, year (Circular 07/2016/TT-BCA)."""
    plain = re.sub(r"\D", "", text)
    return 1 <= int(plain[:3]) <= 96


def _china(text: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[_weighted(text[:17], weights) % 11] == text[-1].upper()


def _malaysia(text: str) -> bool:
    return _date(text[:2], text[2:4], text[4:6])


def _indonesia(text: str) -> bool:
    day = int(text[6:8])
    return 11 <= int(text[:2]) <= 96 and _date(text[10:12], text[8:10], str(day - 40 * (day > 40)))


def _japan(text: str) -> bool:
    """Individual number: 11 digits and a check digit."""
    rest = _weighted(re.sub(r"\D", "", text), (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == _digits(text)[11]


_PART: Final = r"[^\s@<>()\",;:]"
_LABEL: Final = r"[^\s@<>()\",;:.]{1,63}"
_PATTERNS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = tuple(
    (what, re.compile(pattern), check)
    for what, pattern, check in (
        ("email", rf"{_PART}{{1,64}}@{_LABEL}(?:\.{_LABEL}){{1,8}}", bool),
        ("iban", r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", _iban),
        ("kr-rrn", r"(?<!\d)\d{6}-?\d{7}(?!\d)", _korea),
        ("sg-nric", r"(?<!\w)[STFGM]\d{7}[A-Z](?!\w)", _singapore),
        ("th-id", r"(?<!\d)\d-?\d{4}-?\d{5}-?\d{2}-?\d(?!\d)", _thailand),
        ("cn-id", r"(?<!\w)\d{17}[\dXx](?!\w)", _china),
        ("card", r"(?<!\w)(?<!\d[ -])\d(?:[ -]?\d){12,18}(?![ -]?\d)", _luhn),
        ("id-nik", r"(?<!\d)\d{16}(?!\d)", _indonesia),
        ("my-nric", r"(?<!\d)\d{6}-\d{2}-\d{4}(?!\d)", _malaysia),
        ("vn-cccd", r"(?<!\d)0\d{11}(?!\d)", _vietnam),
        ("jp-number", r"(?<!\d)(?<!\d[ -])\d{4}[ -]?\d{4}[ -]?\d{4}(?![ -]?\d)", _japan),
        ("telephone", r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)", _telephone),
        ("telephone", r"(?<![\w.,:-])(?<!\d )0\d(?:[ .-]?\d){7,9}(?![\w-])", _telephone),
    )
)  # fmt: skip


# A name of RFC 9562, as every node gives them, is often enough all digits.
_UUID: Final = re.compile(
    r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?!\w)"
)


def find(text: str) -> Iterator[Found]:
    """Yield what looks like personal data in a text; each place once."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _UUID.sub(lambda name: "x" * len(name[0]), plain)
    taken: list[tuple[int, int]] = []
    for what, pattern, check in _PATTERNS:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if check(match[0]) and not any(start < b and a < end for a, b in taken):
                taken.append((start, end))
                yield Found(what, start + 1, end)


def check_none(texts: Iterable[tuple[str, str]]) -> None:
    """Return if no text holds personal data.

    Raises:
        RefusedError: with each place; the data are not repeated.
    """
    reasons = [
        Phrase(
            "kinds.personal.at",
            what=Phrase(f"kinds.personal.{found.what}"),
            place=place,
            first=found.first,
            last=found.last,
        )
        for place, text in texts
        for found in find(text)
    ]
    if reasons:
        raise RefusedError(
            what=Phrase("errors.told.notice.personal"), reasons=tuple(reasons[:MOST])
        )
