"""From method and path to an endpoint, by a look into a dictionary a segment.

A template's `{name}` is one segment that is not empty, `{name:int}` one of digits, `{name:path}`
all that is left. What is written out goes before what may be anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from faifo.node.http.request import Request
from faifo.node.http.response import Response

App = Callable[[Any, Any, Any], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Response]]

_DIGITS: Final = 18


class Route:
    """An endpoint, or an application (then for every method), at a template of paths."""

    def __init__(
        self,
        path: str,
        endpoint: Endpoint | None = None,
        *,
        methods: Sequence[str] = ("GET",),
        app: App | None = None,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.app = app
        self.methods = frozenset(methods) | ({"HEAD"} if "GET" in methods else set())
        # The path as it is shown.
        self.template = path.replace(":path}", "}").replace(":int}", "}")
        # Which segments have names, and of what kind they are.
        self.named = [
            (at, *part[1:-1].partition(":")[::2])
            for at, part in enumerate(path.split("/"))
            if part.startswith("{")
        ]


class Mounted(NamedTuple):
    """Routes under a path; what begins so is theirs, or nobody's."""

    path: str
    routes: list[Route]


class Found(NamedTuple):
    """The route and what its template's names stand for; without one, the methods there are."""

    route: Route | None
    values: dict[str, Any]
    allowed: frozenset[str] = frozenset()


class _Node:
    """What may come behind a part of a path."""

    __slots__ = ("kinds", "mounted", "names", "rest", "routes")

    def __init__(self) -> None:
        self.names: dict[str, _Node] = {}
        # By kind of template: the name is the route's own affair.
        self.kinds: dict[str, _Node] = {}
        self.rest: list[Route] = []
        self.routes: list[Route] = []
        self.mounted = False


class Router:
    """Finds routes; those of `mounted` go before others below their paths."""

    def __init__(self, routes: Sequence[Route], mounted: Sequence[Mounted] = ()) -> None:
        self._root = _Node()
        for one in mounted:
            for route in one.routes:
                path = one.path + route.path
                self._add(Route(path, route.endpoint, methods=[*route.methods], app=route.app))
            self._at(one.path).mounted = True
        for route in routes:
            self._add(route)

    def _at(self, path: str) -> _Node:
        node = self._root
        for part in path.split("/")[1:]:
            kind = _kind(part)
            table = node.names if kind is None else node.kinds
            node = table.setdefault(part if kind is None else kind, _Node())
        return node

    def _add(self, route: Route) -> None:
        before, _, last = route.path.rpartition("/")
        if _kind(last) == "path":
            self._at(before).rest.append(route)
        else:
            self._at(route.path).routes.append(route)

    def find(self, method: str, path: str) -> Found:
        """Return what answers."""
        parts = path.split("/")
        return self._find(self._root, parts, 1, method) or Found(None, {})

    def _find(self, node: _Node, parts: list[str], at: int, method: str) -> Found | None:
        """Return the first that takes the method, else one that takes another, else None."""
        if at == len(parts):
            return _chosen(node.routes, parts, method)
        part, second = parts[at], None
        if (child := node.names.get(part)) is not None:
            found = self._find(child, parts, at + 1, method)
            if child.mounted and at + 1 < len(parts):
                return found or Found(None, {})
            if found is not None and found.route is not None:
                return found
            second = found
        for kind, child in node.kinds.items():
            if part and (kind == "" or (part.isascii() and part.isdecimal())):
                found = self._find(child, parts, at + 1, method)
                if found is not None and found.route is not None:
                    return found
                second = second or found
        if node.rest:
            found = _chosen(node.rest, parts, method)
            if found is not None and (found.route is not None or second is None):
                return found
        return second


def _kind(part: str) -> str | None:
    """Return the kind of a template, None for what is written out."""
    return part[1:-1].partition(":")[2] if part.startswith("{") else None


def _chosen(routes: list[Route], parts: list[str], method: str) -> Found | None:
    if not routes:
        return None
    for route in routes:
        if route.app is not None or method in route.methods:
            return Found(route, _values(route, parts))
    return Found(None, {}, frozenset().union(*(route.methods for route in routes)))


def _values(route: Route, parts: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for at, name, kind in route.named:
        if kind == "path":
            values[name] = "/".join(parts[at:])
        else:
            # What is no number of ours is one that nothing has.
            values[name] = int(parts[at][:_DIGITS]) if kind == "int" else parts[at]
    return values
