"""The conformance mode cannot be reached from a node that is not one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from faifo.node.wiring import open_node
from tck.node.serving import make_directory

ROOMS = "faifo.cli, faifo.client, faifo.demo, faifo.node.wiring"


def test_no_command_loads_the_room() -> None:
    program = f"import sys, {ROOMS}\nprint(*(m for m in sys.modules if 'conformance' in m))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("face", ["public", "manage_app"])
@pytest.mark.parametrize("path", ["/negotiations", "/transfers", "/hooks", "/conformance"])
async def test_a_node_has_no_hook(
    tmp_path: Path,
    served: Callable[[Any], Any],
    client: aiohttp.ClientSession,
    face: str,
    path: str,
) -> None:
    directory, _ = make_directory(tmp_path, port=18_081)
    async with (
        open_node(directory) as node,
        served(getattr(node, face)) as url,
        client.post(url + path, json={}) as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "TCK_PARTICIPANT"}, {"X-Faifo-Conformance": "on"}],
    ids=["nothing", "the kit's name", "a wish"],
)
async def test_a_node_takes_no_caller_without_proof(
    tmp_path: Path,
    served: Callable[[Any], Any],
    client: aiohttp.ClientSession,
    headers: dict[str, str],
) -> None:
    directory, _ = make_directory(tmp_path, port=18_081)
    async with open_node(directory) as node, served(node.public) as url:
        body = {
            "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
            "@type": "CatalogRequestMessage",
        }
        path = f"{url}/dsp/2025-1/catalog/request"
        async with client.post(path, json=body, headers=headers) as answer:
            assert answer.status == 401
