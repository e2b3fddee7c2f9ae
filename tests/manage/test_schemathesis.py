"""Generated calls against the real application: every answer is as described, none is a 500."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from world import world

EXAMPLES = 6
# Those stream without an end, or pass on what a partner says.
LEFT_OUT = r"/(events|data)"
# What is checked of each answer; the library is a second of each worker's start, so it is not
# loaded above.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


def check_of(name: str) -> Any:
    import schemathesis.checks
    from schemathesis.specs.openapi import checks

    return getattr(checks, name, None) or getattr(schemathesis.checks, name)


class _Served:
    """A node in a thread of its own: schemathesis calls it as anybody would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run)
        self.url = self.key = ""

    def __enter__(self) -> _Served:
        self._thread.start()
        assert self._up.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        async with world(self._folder) as there:
            await there.node.publish()
            self.url, self.key = there.node.manage_url, there.node.key
            self._up.set()
            await self._end.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Served]:
    with _Served(tmp_path_factory.mktemp("schemathesis")) as node:
        yield node


@pytest.fixture(scope="module")
def description(served: _Served) -> Any:
    import schemathesis

    headers = {"Authorization": f"Bearer {served.key}"}
    url = f"{served.url}/manage/v1/openapi.json"
    found = schemathesis.openapi.from_url(url, headers=headers)
    return found.exclude(path_regex=LEFT_OUT)


@pytest.mark.parametrize("said", ["positive", "negative"])
def test_generated_calls(served: _Served, description: Any, said: str) -> None:
    from schemathesis import GenerationMode
    from schemathesis.core.parameters import ParameterLocation

    mode = GenerationMode(said)
    headers = {"Authorization": f"Bearer {served.key}"}
    statuses: Counter[str] = Counter()
    for found in description.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
            continue

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            answer = case.call(headers=headers)
            # A body over the limit is refused as such, whatever else is wrong with it.
            too_large = answer.status_code == 413
            # The key that is sent takes the place of a header that was made wrong.
            mended = ParameterLocation.HEADER in case.meta.components
            spared = too_large or mended
            names = [one for one in CHECKS if not (spared and one == "negative_data_rejection")]
            case.validate_response(answer, checks=[check_of(name) for name in names])
            statuses[f"{answer.status_code // 100}xx"] += 1

        check()
    assert sum(statuses.values()) > 30, statuses
    assert statuses["4xx"] > 10, statuses
    if mode is GenerationMode.POSITIVE:
        assert statuses["2xx"] > 30, statuses


def _can_be_wrong(operation: Any) -> bool:
    """Tell whether there is anything but a path, every text of which is a possible one."""
    return bool(operation.query or operation.body or operation.headers)


def test_the_harness_notices(served: _Served, description: Any) -> None:
    """An answer that is not as described fails: else the tests above prove nothing."""
    import schemathesis

    wrong = copy.deepcopy(description.raw_schema)
    answers = wrong["paths"]["/manage/v1/node"]["get"]["responses"]
    answers["200"]["content"]["application/json"]["schema"] = {"required": ["no-such-member"]}
    operation = schemathesis.openapi.from_dict(wrong)["/manage/v1/node"]["GET"]
    headers = {"Authorization": f"Bearer {served.key}"}
    response = operation.Case().call(base_url=served.url, headers=headers)
    assert response.status_code == 200
    with pytest.RaisesGroup(pytest.RaisesExc(AssertionError, match="no-such-member")):
        operation.Case().validate_response(
            response, checks=[check_of("response_schema_conformance")]
        )
