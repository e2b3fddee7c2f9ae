"""What an error says is a phrase, never a sentence in one language: every raise of `src` is read.

The English words of a fact that is a literal would reach a reader of another language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import faifo
from faifo.errors import KINDS
from faifo.phrases.catalogue import catalogue, placeholders

ROOT = Path(faifo.__file__).parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Most nodes are of these, and there is nothing in them.
LEAVES = (ast.Name, ast.Constant, ast.expr_context)
SAID = {"what", "expected", "advice", "reason", "reasons"}
WORDS = re.compile(r"[a-z]{2,}")

# The same in every language: what a person types or a file holds.
NAMES = {
    "--key-id did:web:…#name",
    "'Name: value'",
    "application/json",
    "base64",
    "faifo-ai-evidence-1",
    "operandLeft, operator, operandRight",
    "statement",
    "version",
    "xsd:dateTime",
}


class Scope(NamedTuple):
    """What stands in a function, also in those within it; or in a whole file."""

    calls: list[ast.Call]
    assigned: list[ast.Assign]
    name: str = ""
    parameters: tuple[str, ...] = ()


class Source:
    """A file of ours, gone through once: there are half a million nodes in all of them."""

    def __init__(self, tree: ast.Module) -> None:
        self.whole = Scope([], [])
        self.functions: list[Scope] = []
        self.classes: list[ast.ClassDef] = []
        self._go(tree, [self.whole])

    def _go(self, node: ast.AST, within: list[Scope]) -> None:
        if isinstance(node, FUNCTIONS):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = tuple(one.arg for one in given if one.arg not in {"self", "cls"})
            self.functions.append(Scope([], [], node.name, names))
            within = [*within, self.functions[-1]]
        elif isinstance(node, ast.ClassDef):
            self.classes.append(node)
        elif isinstance(node, ast.Call):
            for scope in within:
                scope.calls.append(node)
        elif isinstance(node, ast.Assign):
            for scope in within:
                scope.assigned.append(node)
        for inner in node.__dict__.values():
            if isinstance(inner, ast.AST):
                if not isinstance(inner, LEAVES):
                    self._go(inner, within)
            elif isinstance(inner, list):
                for one in inner:
                    if isinstance(one, ast.AST):
                        self._go(one, within)


def _kinds() -> set[str]:
    """Return the names of all classes of errors, subclasses in the rooms too."""
    names = {kind.__name__ for kind in KINDS.values()}
    found = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for source in _sources().values()
        for node in source.classes
    }
    while more := {name for name, bases in found.items() if bases & names} - names:
        names |= more
    return names


def _literals(fact: ast.expr) -> Iterator[str]:
    """Yield the words of `fact` itself; what a call within it says is the call's."""
    match fact:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(part.value for part in parts if isinstance(part, ast.Constant))
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from _literals(one)
            yield from _literals(other)
        case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.List(elts=several):
            for each in several:
                yield from _literals(each)


def _called(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _is_own(function: ast.expr) -> bool:
    """Tell whether this is `super().__init__`, by which a class of errors tells its own facts."""
    return ast.unparse(function) == "super().__init__"


def _assigned(scope: Scope) -> dict[str, list[ast.expr]]:
    """Return what is assigned to plain names within a function."""
    found: dict[str, list[ast.expr]] = {}
    for node in scope.assigned:
        for target in node.targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)
    return found


def _told(call: ast.Call, assigned: dict[str, list[ast.expr]]) -> Iterator[tuple[str, str]]:
    """Yield the words of the facts of an error, also of those that have a name first."""
    for fact in call.keywords:
        if fact.arg in SAID:
            named = assigned.get(fact.value.id, []) if isinstance(fact.value, ast.Name) else []
            for value in (fact.value, *named):
                for text in _literals(value):
                    yield fact.arg, text


def _sentences(source: Source, kinds: set[str]) -> Iterator[str]:
    for scope in source.functions:
        raised = [one for one in scope.calls if _called(one.func) in kinds or _is_own(one.func)]
        assigned = _assigned(scope) if raised else {}
        for call in raised:
            for name, text in _told(call, assigned):
                if WORDS.search(text) and text not in NAMES:
                    yield f"{call.lineno}: {name}={text!r}"
        for line, text in _handed(source, scope, raised):
            if WORDS.search(text) and text not in NAMES:
                yield f"{line}: {scope.name}({text!r})"


def _handed(source: Source, scope: Scope, raised: list[ast.Call]) -> Iterator[tuple[int, str]]:
    """Yield the words that are handed to a function which makes facts of its parameters."""
    facts = [fact.value for call in raised for fact in call.keywords if fact.arg in SAID]
    told = {one.id for one in facts if isinstance(one, ast.Name)} & set(scope.parameters)
    for call in source.whole.calls if told else ():
        if _called(call.func) == scope.name:
            named = [(one.arg, one.value) for one in call.keywords]
            for name, value in (*zip(scope.parameters, call.args, strict=False), *named):
                for text in _literals(value) if name in told else ():
                    yield call.lineno, text


@cache
def _sources() -> dict[str, Source]:
    return {
        path.relative_to(ROOT).as_posix(): Source(ast.parse(path.read_text("utf-8")))
        for path in ROOT.rglob("*.py")
    }


def _found() -> dict[str, list[str]]:
    kinds = _kinds()
    return {name: list(_sentences(source, kinds)) for name, source in _sources().items()}


def test_no_error_is_a_sentence_in_one_language():
    assert {name: said for name, said in _found().items() if said} == {}


def test_every_phrase_that_is_named_is_there():
    named = {
        call.args[0].value: name
        for name, source in _sources().items()
        for call in source.whole.calls
        if _called(call.func) == "Phrase" and call.args
        and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip
    assert len(named) > 1000
    assert {key: name for key, name in named.items() if key not in catalogue("en")} == {}


def test_every_phrase_that_is_named_has_its_facts():
    lacking = {
        f"{name}:{call.lineno}": (call.args[0].value, missing)
        for name, source in _sources().items()
        for call in source.whole.calls
        if _called(call.func) == "Phrase" and call.args
        and isinstance(call.args[0], ast.Constant)
        and None not in (told := {fact.arg for fact in call.keywords})  # none: `**facts`
        and (missing := placeholders(catalogue("en")[str(call.args[0].value)]) - told)
    }  # fmt: skip
    assert lacking == {}
