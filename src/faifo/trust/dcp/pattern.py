"""Regular expressions of foreign schemas, matched in linear time.

A pattern is turned into a list of instructions that are all followed at once, character by
character (Thompson's way): work is at most the length of the text times that of the list, whatever
the pattern. What needs more, back references and looking around, is not understood and refuses.
Spec: JSON Schema 2020-12 Core §6.4; the meaning is ECMA-262's, without flags: `$` is the very end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from faifo.phrases import Phrase

MAX_PATTERN: Final = 500
MAX_INSTRUCTIONS: Final = 1000
MAX_REPEAT: Final = 1000
MAX_DEPTH: Final = 20

Test = Callable[[str], bool]

_LINE_ENDS: Final = "\n\r\u2028\u2029"
_SPACES: Final = frozenset("\t\v\f \u00a0\ufeff\u1680\u202f\u205f\u3000" + _LINE_ENDS) | {
    chr(code) for code in range(0x2000, 0x200B)
}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_SPECIAL: Final = frozenset("^$\\.*+?()[]{}|/-")


class PatternError(ValueError):
    """The pattern is not one that is understood here."""


class _Step(NamedTuple):
    """One instruction: test a character, stand at an edge, or go on at `targets`."""

    test: Test | None = None
    edge: str = ""
    targets: tuple[int, ...] = ()


class Pattern:
    """A pattern that was compiled."""

    def __init__(self, steps: list[_Step]) -> None:
        self._steps = steps

    @property
    def size(self) -> int:
        """How many instructions it has: the work for each character."""
        return len(self._steps)

    def found_in(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere in `text`."""
        now: set[int] = set()
        for at in range(len(text) + 1):
            if self._follow(now, 0, at, len(text)):
                return True
            if at == len(text):
                return False
            character, after = text[at], set[int]()
            for index in now:
                test = self._steps[index].test
                if test and test(character) and self._follow(after, index + 1, at + 1, len(text)):
                    return True
            now = after
        return False

    def _follow(self, now: set[int], index: int, at: int, length: int) -> bool:
        """Add to `now` all that is reached from `index` without a character; tell of the end."""
        todo = [index]
        while todo:
            index = todo.pop()
            if index == len(self._steps):
                return True
            if index in now:
                continue
            now.add(index)
            step = self._steps[index]
            if step.edge:
                if at == (0 if step.edge == "^" else length):
                    todo.append(index + 1)
            elif step.test is None:
                todo.extend(step.targets)
        return False


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """Return the pattern in `text`.

    Raises:
        PatternError: it is too long, or has what is not understood.
    """
    if len(text) > MAX_PATTERN:
        raise PatternError(Phrase("errors.told.pattern.long", most=MAX_PATTERN))
    reader = _Reader(text)
    steps = reader.alternatives(0)
    if reader.at < len(text):
        raise PatternError(Phrase("errors.told.pattern.closing"))
    return Pattern(steps)


class _Reader:
    """Reads a pattern from left to right; targets count from the start of each part."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]

    def _take(self) -> str:
        taken = self._next()
        if not taken:
            raise PatternError(Phrase("errors.told.pattern.early"))
        self.at += 1
        return taken

    def alternatives(self, depth: int) -> list[_Step]:
        if depth > MAX_DEPTH:
            raise PatternError(Phrase("errors.told.pattern.deep", most=MAX_DEPTH))
        found = self._sequence(depth)
        while self._next() == "|":
            self.at += 1
            other = self._sequence(depth)
            split = _Step(targets=(1, len(found) + 2))
            jump = _Step(targets=(len(found) + 2 + len(other),))
            found = _checked([split, *_moved(found, 1), jump, *_moved(other, len(found) + 2)])
        return found

    def _sequence(self, depth: int) -> list[_Step]:
        found: list[_Step] = []
        while self._next() not in ("", "|", ")"):
            one, repeatable = self._one(depth)
            one = self._repeated(one, repeatable)
            found = _checked([*found, *_moved(one, len(found))])
        return found

    def _one(self, depth: int) -> tuple[list[_Step], bool]:
        """Return one part, and whether it may be repeated."""
        taken = self._take()
        if taken in "^$":
            return [_Step(edge=taken)], False
        if taken == "(":
            if self._next() == "?":
                if self._text[self.at : self.at + 2] != "?:":
                    raise PatternError(Phrase("errors.told.pattern.group"))
                self.at += 2
            found = self.alternatives(depth + 1)
            if self._take() != ")":
                raise PatternError(Phrase("errors.told.pattern.opening"))
            return found, True
        if taken == ".":
            return [_Step(test=lambda c: c not in _LINE_ENDS)], True
        if taken == "[":
            return [_Step(test=self._class())], True
        if taken == "\\":
            return [_Step(test=_tested(self._escaped()))], True
        if taken in "*+?{}]":
            raise PatternError(Phrase("errors.told.pattern.nothing-before", sign=taken))
        return [_Step(test=taken.__eq__)], True

    def _repeated(self, one: list[_Step], repeatable: bool) -> list[_Step]:
        sign = self._next()
        if sign not in ("*", "+", "?", "{") or not sign:
            return one
        if not repeatable:
            raise PatternError(Phrase("errors.told.pattern.edge"))
        self.at += 1
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign) or self._counts()
        if self._next() == "?":  # as few as possible: what matches is the same
            self.at += 1
        if self._next() in ("*", "+", "?", "{") and self._next():
            raise PatternError(Phrase("errors.told.pattern.repetition"))
        return _times(one, least, most)

    def _counts(self) -> tuple[int, int | None]:
        end = self._text.find("}", self.at)
        least, comma, most = self._text[self.at : end].partition(",") if end > 0 else ("", "", "")
        numbers = [number for number in (least, most) if number]
        if not least or not all(n.isascii() and n.isdecimal() and len(n) < 5 for n in numbers):
            raise PatternError(Phrase("errors.told.pattern.times"))
        self.at = end + 1
        low = int(least)
        high = (int(most) if most else None) if comma else low
        if low > MAX_REPEAT or (high is not None and not low <= high <= MAX_REPEAT):
            raise PatternError(Phrase("errors.told.pattern.repeats", most=MAX_REPEAT))
        return low, high

    def _class(self) -> Test:
        negated = self._next() == "^"
        self.at += negated
        tests: list[Test] = []
        while self._next() != "]":
            first = self._member()
            if self._next() == "-" and self._text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self._member()
                if not isinstance(first, str) or not isinstance(last, str) or first > last:
                    raise PatternError(Phrase("errors.told.pattern.range"))
                tests.append(_between(first, last))
            else:
                tests.append(_tested(first))
        self.at += 1
        return lambda c: any(test(c) for test in tests) is not negated

    def _member(self) -> str | Test:
        taken = self._take()
        return self._escaped() if taken == "\\" else taken

    def _escaped(self) -> str | Test:
        """Return the character, or the test, that stands behind a backslash."""
        taken = self._take()
        if taken in _SPECIAL:
            return taken
        if taken in _CONTROLS:
            return _CONTROLS[taken]
        if taken in "ux":
            digits = self._text[self.at : self.at + (4 if taken == "u" else 2)]
            self.at += len(digits)
            if len(digits) != (4 if taken == "u" else 2) or not _is_hexadecimal(digits):
                raise PatternError(Phrase("errors.told.pattern.digits", sign=taken))
            return chr(int(digits, 16))
        kinds: dict[str, Test] = {"d": _is_digit, "w": _is_word, "s": _SPACES.__contains__}
        test = kinds.get(taken.lower())
        if test is None:
            raise PatternError(Phrase("errors.told.pattern.escape", sign=taken))
        return test if taken.islower() else lambda c: not test(c)


def _times(one: list[_Step], least: int, most: int | None) -> list[_Step]:
    """Return `one` repeated; each time takes its own instructions, so that they can be counted."""
    if (max(least, most or 0) + 1) * (len(one) + 1) > MAX_INSTRUCTIONS:
        raise PatternError(Phrase("errors.told.pattern.instructions", most=MAX_INSTRUCTIONS))
    found: list[_Step] = []
    for _ in range(least):
        found += _moved(one, len(found))
    if most is None:
        back = _Step(targets=(len(found),))
        split = _Step(targets=(len(found) + 1, len(found) + len(one) + 2))
        return [*found, split, *_moved(one, len(found) + 1), back]
    end = len(found) + (most - least) * (len(one) + 1)
    for _ in range(most - least):
        found.append(_Step(targets=(len(found) + 1, end)))
        found += _moved(one, len(found))
    return found


def _moved(steps: list[_Step], by: int) -> list[_Step]:
    return [one._replace(targets=tuple(t + by for t in one.targets)) for one in steps]


def _checked(steps: list[_Step]) -> list[_Step]:
    if len(steps) > MAX_INSTRUCTIONS:
        raise PatternError(Phrase("errors.told.pattern.instructions", most=MAX_INSTRUCTIONS))
    return steps


def _tested(member: str | Test) -> Test:
    return member.__eq__ if isinstance(member, str) else member


def _between(first: str, last: str) -> Test:
    return lambda c: first <= c <= last


def _is_digit(c: str) -> bool:
    return "0" <= c <= "9"


def _is_word(c: str) -> bool:
    return c == "_" or (c.isascii() and c.isalnum())


def _is_hexadecimal(digits: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in digits)
