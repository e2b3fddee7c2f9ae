from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from world import World
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _routes(there: World) -> list[tuple[str, str]]:
    found = []
    for route in there.node.node.manage_app.routes:
        path = re.sub(r"\{[^}]+\}", "x", route.path)
        found += [(method, path) for method in sorted(route.methods or ())]
    # The pages are for sessions, not for keys: see tests/people.
    return [
        (method, path) for method, path in found if not path.startswith(("/health/", "/console"))
    ]


async def test_every_route_wants_the_key_and_is_nowhere_on_the_public_port(there: World) -> None:
    routes = _routes(there)
    assert len(routes) > 30
    client, key = there.friend.client, there.node.key
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": key},
        {"Authorization": f"Basic {key}"},
        {"Authorization": f"Bearer {key}x"},
        {"Authorization": f"Bearer {key[:-1]}"},
        {"Authorization": f"Bearer {there.friend.token(there.node.did)}"},
    ]
    for method, path in routes:
        for headers in wrong:
            url = URL(there.node.manage_url + path, encoded=True)
            async with client.request(method, url, headers=headers) as answer:
                assert answer.status == 401, (method, path, headers)
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                if method != "HEAD":
                    body = await answer.json(content_type=None)
                    assert body["code"] == "not-proven"
                    assert key not in str(body)
        right = {"Authorization": f"Bearer {key}"}
        async with client.request(
            method, URL(there.node.manage_url + path, encoded=True), headers=right
        ) as answer:
            assert answer.status != 401, (method, path)
        async with client.request(
            method, URL(there.node.url + path, encoded=True), headers=right
        ) as answer:
            assert answer.status == 404, (method, path)


REFUSED: list[Any] = [
    ("GET", "/negotiations?limit=x", None, "limit is 'x'; expected a whole number"),
    ("GET", "/negotiations?limit=%C2%B2", None, "limit is '²'; expected a whole number"),
    ("GET", "/negotiations?colour=red", None, "cannot be narrowed so"),
    ("GET", "/negotiations?before=x", None, "cannot be narrowed so: before"),
    ("GET", "/agreements?newest_first=1", None, "cannot be narrowed so: newest_first"),
    ("GET", "/transfers?self=1", None, "cannot be narrowed so: self"),
    ("POST", "/datasets", b"{", "expected Publication"),
    ("POST", "/datasets", {}, "`location`"),
    ("POST", "/datasets", {"location": "http://h/", "term": {}}, "term"),
    ("POST", "/datasets", {"location": "http://["}, "is not a base URL"),
    ("POST", "/datasets", {"location": "http://h:99999"}, "is not a base URL"),
    ("POST", "/datasets", {"location": "http://u:p@h/"}, "is not a base URL"),
    ("POST", "/datasets", {"location": "http://h/", "id": ""}, "$.id"),
    (
        "POST",
        "/datasets",
        {"location": "http://h/", "id": "x" * 2049},
        "the wrong length at $.id; expected at most 2048 characters",
    ),
    ("POST", "/datasets", {"location": "http://h/", "terms": {"purpose": ["x"]}}, "purpose"),
    ("POST", "/negotiations", {"node": "x"}, "nothing at $.dataset"),
    ("POST", "/transfers/x/termination", {"reason": 7}, "$.reason"),
]


@pytest.mark.parametrize(("method", "path", "body", "why"), REFUSED, ids=lambda v: str(v)[:50])
async def test_bad_input_is_a_problem_with_a_reason(
    there: World, method: str, path: str, body: Any, why: str
) -> None:
    given = {"data": body} if isinstance(body, bytes) else {"json": body}
    headers = {"Authorization": f"Bearer {there.node.key}", "Content-Type": "application/json"}
    url = URL(f"{there.node.manage_url}/manage/v1{path}", encoded=True)
    async with there.friend.client.request(method, url, headers=headers, **given) as answer:
        assert answer.status == 400
        problem = await answer.json(content_type="application/problem+json")
        assert why in problem["detail"]


async def test_the_form_of_a_body_is_told_in_the_language_of_the_caller(there: World) -> None:
    headers = {"Authorization": f"Bearer {there.node.key}", "Accept-Language": "vi"}
    url = f"{there.node.manage_url}/manage/v1/erasures"
    for body, why in (
        ({"agreement": "x" * 2049, "reason": "law"}, "độ dài không đúng"),
        ({"agreement": 7, "reason": "law"}, "chuỗi"),
    ):
        async with there.friend.client.post(url, json=body, headers=headers) as answer:
            detail = (await answer.json(content_type=None))["detail"]
        assert answer.status == 400
        assert why in detail
        assert "$.agreement" in detail
        assert "xpected" not in detail


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("faifo.toml", "is in the node's own directory"),
        ("keys", "is in the node's own directory"),
        ("../node/manage.key", "is in the node's own directory"),
        ("../../../etc/passwd", "there is no file"),
        ("/etc/passwd", "is outside the folders that may be published"),
        ("/dev/zero", "is outside the folders that may be published"),
        ("..", "is not a file"),
        ("\0", "there is no file"),
        ("x" * 5000, "there is no file"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_paths_that_may_not_be_published(there: World, location: str, why: str) -> None:
    path = location if location.startswith(("/", "\0")) else str(there.node.path / location)
    answer = await there.node.manage("POST", "/datasets", {"location": path})
    assert (answer.status, answer.json["code"]) == (400, "settings")
    assert why in answer.json["detail"]


async def test_a_link_out_of_the_folders_is_not_published(there: World) -> None:
    folder = there.node.path.parent
    (folder / "link").symlink_to("/etc/passwd")
    answer = await there.node.manage("POST", "/datasets", {"location": str(folder / "link")})
    assert answer.status == 400
    assert "/etc/passwd is outside the folders" in answer.json["detail"]


@pytest.mark.parametrize(
    "name",
    ["manage.key", "keys/token-1.json", "faifo.toml", "trust.toml", "faifo.db", "/etc/passwd",
     "../elsewhere", "nothing", "keys", "empty"],
)  # fmt: skip
async def test_only_a_credentials_file_of_the_node_is_read_as_one(there: World, name: str) -> None:
    (there.node.path.parent / "elsewhere").write_text("Authorization: Bearer x\n")
    (there.node.path / "empty").write_text("\n")
    (there.node.path / "backend").write_text("Authorization: Bearer x\nX-Key:y\n")
    good = {"location": "http://localhost/x", "credentials": "backend"}
    assert (await there.node.manage("POST", "/datasets", good)).status == 201
    answer = await there.node.manage("POST", "/datasets", {**good, "credentials": name})
    assert (answer.status, answer.json["code"]) == (400, "settings")
    assert "credentials file" in answer.json["detail"]
    secret = Path(there.node.path / "manage.key").read_text()
    assert secret not in answer.body.decode()
