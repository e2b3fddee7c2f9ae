"""What an error says is a phrase, never a sentence in one language: every raise of `src` is read.

The English words of a fact that is a literal would reach a reader of another language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import faifo
from faifo.errors import KINDS
from faifo.phrases.catalogue import catalogue

ROOT = Path(faifo.__file__).parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SAID = {"what", "expected", "advice", "reason", "reasons"}
WORDS = re.compile(r"[a-z]{2,}")

# The same in every language: what a person types or a file holds.
NAMES = {
    "--key-id did:web:…#name",
    "'Name: value'",
    "application/json",
    "faifo-ai-evidence-1",
    "xsd:dateTime",
}


def _kinds(trees: dict[str, ast.Module]) -> set[str]:
    """Return the names of all classes of errors, subclasses in the rooms too."""
    names = {kind.__name__ for kind in KINDS.values()}
    found = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
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


def _assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what is assigned to plain names within a function."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
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


def _sentences(tree: ast.Module, kinds: set[str]) -> Iterator[str]:
    for scope in (one for one in ast.walk(tree) if isinstance(one, FUNCTIONS)):
        calls = [one for one in ast.walk(scope) if isinstance(one, ast.Call)]
        raised = [one for one in calls if _called(one.func) in kinds]
        assigned = _assigned(scope) if raised else {}
        for call in raised:
            for name, text in _told(call, assigned):
                if WORDS.search(text) and text not in NAMES:
                    yield f"{call.lineno}: {name}={text!r}"


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in ROOT.rglob("*.py")
    }


def _found() -> dict[str, list[str]]:
    trees = _trees()
    kinds = _kinds(trees)
    return {name: list(_sentences(tree, kinds)) for name, tree in trees.items()}


def test_no_error_is_a_sentence_in_one_language():
    assert {name: said for name, said in _found().items() if said} == {}


def test_every_phrase_that_is_named_is_there():
    named = {
        call.args[0].value: name
        for name, tree in _trees().items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call.func) == "Phrase" and call.args
        and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip
    assert len(named) > 1000
    assert {key: name for key, name in named.items() if key not in catalogue("en")} == {}
