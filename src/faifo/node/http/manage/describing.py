"""The description of the management API (OpenAPI 3.1), made from what is served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from faifo import __version__
from faifo.api import ROOT, operations
from faifo.api.node import GET_DESCRIPTION
from faifo.api.operation import EVENT_STREAM, Operation, Parameter
from faifo.api.problems import Problem
from faifo.node.http.manage.call import JSON, Call
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response

SCHEMAS = "#/components/schemas/{name}"
PROBLEM_JSON = "application/problem+json"
WORDS = {
    200: "Done.",
    201: "Begun or made.",
    400: "The request is not as it should be, or a setting forbids it.",
    401: "No valid management key.",
    403: "Refused by the rules, or the participant is not proven.",
    404: "There is no such thing.",
    409: "It is in another state, or exists already.",
    413: "The body is too large.",
    429: "Too many at once.",
    502: "The other side answered with an error.",
    503: "The disk or the database failed; nothing was changed.",
    504: "The other side cannot be reached.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The request with this key is done once; its answer is kept for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!#-+\\--\\[\\]-~]{1,255}$"},
}
LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The number of the last event seen; prevails over `after`.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}


class Describing:
    """Gives the description, which is made once."""

    def __init__(self) -> None:
        self._written: bytes | None = None

    def handlers(self) -> Handlers:
        return {GET_DESCRIPTION: self._describe}

    async def _describe(self, _: Call) -> Response:
        if self._written is None:
            self._written = msgspec.json.encode(document())
        return Response(self._written, media_type=JSON)


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the management API."""
    every = operations()
    kinds = [kind for one in every for kind in (one.takes, one.answers) if kind is not None]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=SCHEMAS)
    references = iter(schemas)
    paths: dict[str, Any] = {}
    for one in every:
        takes = next(references) if one.takes is not None else None
        answers = next(references) if one.answers is not None else None
        methods = [name for name in one.methods if name != "HEAD" or len(one.methods) > 1]
        for method in methods:
            described = _operation(one, method, takes, answers)
            paths.setdefault(ROOT + plain_path(one.path), {})[method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Faifo management API",
            "version": __version__,
            "description": "For the people and programs of one node. Errors are RFC 9457 problems.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A management key: manage.key, or one in manage-keys/.",
                }
            },
        },
    }


def plain_path(path: str) -> str:
    """Return a route's path as OpenAPI writes it."""
    return re.sub(r":path\}", "}", path)


def _operation(one: Operation[Any], method: str, takes: Any, answers: Any) -> dict[str, Any]:
    alone = len(one.methods) == 1
    content = {one.media_type: {"schema": answers} if answers and one.media_type == JSON else {}}
    if one.media_type == "*/*" or method == "HEAD":
        responses: dict[str, Any] = {"default": {"description": "The partner's answer."}}
    else:
        responses = {
            str(status): {"description": WORDS[status], "content": content}
            for status in one.statuses
        }
    for status in sorted({400, 401, 503, *one.problems}):
        responses[str(status)] = {
            "description": WORDS[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": SCHEMAS.format(name="Problem")}}},
        }
    described: dict[str, Any] = {
        "operationId": one.name if alone else f"{one.name}By{method.capitalize()}",
        "summary": one.words,
        "parameters": list(_parameters(one)),
        "responses": responses,
    }
    if takes is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": takes}}}
    return described


def _parameters(one: Operation[Any]) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)", one.path):
        text = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for parameter in one.query:
        yield {
            "name": parameter.name,
            "in": "query",
            "description": parameter.words,
            "schema": _schema(parameter),
        }
    if one.keeps:
        yield IDEMPOTENCY_KEY
    if one.media_type == EVENT_STREAM:
        yield LAST_EVENT_ID


def _schema(parameter: Parameter) -> dict[str, Any]:
    if parameter.most is not None:
        return {"type": "integer", "minimum": parameter.least, "maximum": parameter.most}
    if parameter.values:
        return {"type": "string", "enum": list(parameter.values)}
    return {"type": "string", "minLength": 1}
