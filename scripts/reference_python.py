"""The Python interface as a page, and the types of the client without await, from the program."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from faifo import api, client, errors
from faifo.client import sync
from faifo.client.asking import Asking
from faifo.client.client import Client

STUB = Path(sync.__file__).with_suffix(".pyi")
_ITERATOR = re.compile(r"\bAsyncIterator\b")


def python_page(made: str) -> str:
    """Return the page of everything that `faifo.client` and `faifo.api` offer to a program."""
    text = ["# Python", "", made]
    text += [
        "`faifo.Client` speaks to a running node; `faifo.SyncClient` has the same methods without",
        "`await`, but for `call` and `fetch`. Answers are frozen records of `faifo.api`;",
        "errors are those of [faifo.errors](errors.md).",
        "How to use it: [Python](../howto/python.md).",
        "",
        "## faifo.Client",
        "",
        *_doc(Client),
    ]
    for name, method in _methods():
        text += ["", f"### {name}", "", "```python", _signature(name, method), "```", ""]
        text += _doc(method)
    text += ["", "## faifo.client"]
    for name in client.__all__:
        member = getattr(client, name)
        if member not in {Client, client.SyncClient}:
            text += ["", f"### {name}", "", *_doc(member)]
    for subject in api.SUBJECTS:
        text += ["", f"## {subject.__name__}", "", *_doc(subject)]
        for name, kind in _records(subject):
            text += ["", f"### {name}", "", *_doc(kind), "", "```python", *_members(kind), "```"]
    return "\n".join(text) + "\n"


def _methods() -> Iterator[tuple[str, Any]]:
    for name in [*vars(Asking), *vars(Client)]:
        if not name.startswith("_"):
            yield name, inspect.getattr_static(Client, name)


def _doc(member: Any) -> list[str]:
    member = getattr(member, "__func__", member)
    doc = inspect.getdoc(member)
    if not doc:
        raise errors.SettingsError(what=f"{member} has no docstring", expected="one")
    lines = doc.replace("<", "&lt;").splitlines()
    if "Raises:" in lines:
        at = lines.index("Raises:")
        raised = textwrap.dedent("\n".join(lines[at + 1 :])).splitlines()
        lines = [*lines[:at], *(f"- raises {line}" for line in raised)]
    return lines


def _records(subject: ModuleType) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    for name, kind in vars(subject).items():
        own = inspect.isclass(kind) and kind.__module__ == subject.__name__
        if own and issubclass(kind, msgspec.Struct):
            yield name, kind


def _members(kind: type[msgspec.Struct]) -> list[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    own = [
        ast.unparse(one).replace("'", '"')
        for one in tree.body[0].body
        if isinstance(one, ast.AnnAssign)
    ]  # type: ignore[attr-defined]
    base = kind.__base__
    inherited = base is not None and base.__module__ != "faifo.api.operation"
    if not inherited or base is None:
        return own
    return [f"# as {base.__name__}" + (", and" if own else ""), *own]


def _signature(name: str, method: Any) -> str:
    """Return the first lines of a definition, as it stands in the source."""
    source = textwrap.dedent(inspect.getsource(getattr(method, "__func__", method)))
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef), name
    tree.body, tree.decorator_list = [ast.Expr(ast.Constant(...))], []
    tree.args.args = tree.args.args[1:]
    return ast.unparse(tree).replace(":\n    ...", "").strip()


def stub() -> str:
    """Return sync.pyi: the client's own definitions, without async."""
    source = inspect.getsource(inspect.getmodule(Client) or client)
    tree = ast.parse(source)
    mine = ast.parse(inspect.getsource(sync))
    (kind,) = (one for one in mine.body if isinstance(one, ast.ClassDef))
    lines = ["class SyncClient:"]
    for one in kind.body:
        if isinstance(one, ast.FunctionDef):
            lines.append(_stubbed(one))
    for name, _ in sync.twins():
        (found,) = (
            one
            for node in [*tree.body, *ast.parse(inspect.getsource(Asking)).body]
            if isinstance(node, ast.ClassDef) and node.name in {"Client", "Asking"}
            for one in node.body
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name
        )
        lines.append(_stubbed(found))
    head = [
        "# Written by `make reference` from client.py; do not edit.",
        *_imports("\n".join(lines)),
    ]
    return "\n".join([*head, *lines]) + "\n"


def _imports(text: str) -> Iterator[str]:
    """Yield the imports of the names in `text`, from where `Client` and `SyncClient` have them."""
    names = set(re.findall(r"\w+", text)) - {name for name, _ in sync.twins()}
    known: dict[str, str] = dict.fromkeys(("PATIENCE", "SETTLING", "P"), Client.__module__)
    for module in (inspect.getmodule(Client), sync):
        for one in ast.walk(ast.parse(inspect.getsource(module or sync))):
            if isinstance(one, ast.ImportFrom):
                known |= {each.name: one.module or "" for each in one.names}
    for name in sorted(names & known.keys(), key=lambda each: (known[each], each)):
        yield f"from {known[name]} import {name}"


def _stubbed(one: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    plain = ast.FunctionDef(
        name=one.name,
        args=one.args,
        body=[ast.Expr(ast.Constant(...))],
        decorator_list=one.decorator_list,
        returns=one.returns,
        lineno=1,
    )
    return textwrap.indent(_ITERATOR.sub("Iterator", ast.unparse(plain)), "    ")


def same_stub() -> bool:
    """Return whether the stub that is there says what is true today, however it is laid out."""
    there = STUB.read_text(encoding="utf-8") if STUB.exists() else ""
    return _said(there) == _said(stub())


def _said(text: str) -> list[str]:
    found = []
    for one in ast.parse(text).body:
        if isinstance(one, ast.ImportFrom):
            found += [f"{one.module}.{each.name}" for each in one.names]
        else:
            found.append(ast.unparse(one))
    return sorted(found)
