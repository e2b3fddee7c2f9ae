from __future__ import annotations

import pytest

from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Mounted, Route, Router


async def _here(_: Request) -> Response:
    return Response()


def route(path: str, *methods: str) -> Route:
    return Route(path, _here, methods=methods or ("GET",))


ROUTER = Router(
    [
        route("/a"),
        route("/a/{id}"),
        route("/a/{id}", "POST"),
        route("/a/{id}/b"),
        route("/a/fixed", "POST"),
        route("/t/{id:path}", "DELETE"),
        route("/t/new", "POST"),
        route("/l/{log:int}/{path:path}"),
        route("/l/{path:path}"),
        route("/v/{version}/{rest:path}", "GET", "POST"),
    ],
    [Mounted("/v/1", [route("/x", "POST"), route("/{pid}")])],
)

FOUND = [
    ("GET", "/a", "/a", {}),
    ("HEAD", "/a", "/a", {}),
    ("GET", "/a/7", "/a/{id}", {"id": "7"}),
    ("POST", "/a/7", "/a/{id}", {"id": "7"}),
    ("GET", "/a/fixed", "/a/{id}", {"id": "fixed"}),
    ("GET", "/a/7/b", "/a/{id}/b", {"id": "7"}),
    ("POST", "/t/new", "/t/new", {}),
    ("DELETE", "/t/new", "/t/{id}", {"id": "new"}),
    ("DELETE", "/t/x/y%2Fz", "/t/{id}", {"id": "x/y%2Fz"}),
    ("DELETE", "/t/", "/t/{id}", {"id": ""}),
    ("GET", "/l/12/tile/0", "/l/{log}/{path}", {"log": 12, "path": "tile/0"}),
    ("GET", "/l/tile/0", "/l/{path}", {"path": "tile/0"}),
    ("POST", "/v/1/x", "/v/1/x", {}),
    ("GET", "/v/1/p", "/v/1/{pid}", {"pid": "p"}),
    ("GET", "/v/2/x", "/v/{version}/{rest}", {"version": "2", "rest": "x"}),
]


@pytest.mark.parametrize(("method", "path", "template", "values"), FOUND)
def test_a_route_is_found_with_what_stands_in_its_path(
    method: str, path: str, template: str, values: dict[str, object]
) -> None:
    found = ROUTER.find(method, path)
    assert found.route is not None
    assert (found.route.template, found.values) == (template, values)


NOTHING = [
    ("GET", "/", set()),
    ("GET", "/a/", set()),
    ("GET", "/a//b", set()),
    ("GET", "/a/7/b/", set()),
    ("GET", "a", set()),
    ("GET", "/v/1/p/q", set()),  # below a mounted path nothing else looks
    ("PUT", "/a/7", {"GET", "HEAD", "POST"}),
    ("GET", "/t/new", {"POST"}),
    ("POST", "/v/1/p", {"GET", "HEAD"}),
]


@pytest.mark.parametrize(("method", "path", "allowed"), NOTHING)
def test_where_there_is_none_its_methods_are_told(
    method: str, path: str, allowed: set[str]
) -> None:
    found = ROUTER.find(method, path)
    assert (found.route, set(found.allowed)) == (None, allowed)


def test_a_number_that_nobody_has_is_still_a_number() -> None:
    assert ROUTER.find("GET", f"/l/{'9' * 20_000}/x").values["log"] == 10**18 - 1
