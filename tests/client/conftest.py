"""Two real nodes: one publishes tables, the other one reads them with the libraries people use."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from faifo.node.custody.trust_file import TrustedParticipant, write_trust

ROWS = 200_000


class Shared:
    """What a partner has published, and the way to it."""

    def __init__(self, pair: Any) -> None:
        self.pair = pair
        self.provider = pair.provider
        self.consumer = pair.consumer
        self.folder: Path = pair.provider.path.with_name(pair.provider.path.name + "-data")
        write_trust(
            pair.consumer.path / "trust.toml",
            (TrustedParticipant(did=pair.provider.did, name="rice"),),
        )
        self.options = {"directory": str(pair.consumer.path)}

    async def publish(self, name: str, content: bytes, **terms: Any) -> str:
        """Publish a file under its own name as the dataset's id and return its URL."""
        path = self.folder / name
        path.write_bytes(content)
        body = {"location": str(path), "id": name, **({"terms": terms} if terms else {})}
        await self.provider.call("POST", "/datasets", body)
        return f"faifo://rice/{name}"

    def served(self) -> list[Any]:
        """Return the accesses that the provider has written down."""
        entries = self.provider.records("journal")
        return [entry for entry in entries if entry.event.startswith("access")]


@pytest.fixture
async def shared(pair: Any) -> AsyncIterator[Shared]:
    """Give two running nodes that trust each other; the files systems of a test end with it."""
    from faifo.client.filesystem import FaifoFileSystem

    yield Shared(pair)
    for made in list(FaifoFileSystem._cache.values()):
        await asyncio.to_thread(made.close)
    FaifoFileSystem.clear_instance_cache()


@pytest.fixture(scope="session")
def table() -> bytes:
    """Return a CSV of some megabytes: month, province, price."""
    chance = random.Random(3)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "province", "price"])
    for row in range(ROWS):
        writer.writerow([row, chance.choice(["An Giang", "Can Tho"]), chance.randrange(8000, 9000)])
    return text.getvalue().encode()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAIFO_DIR", "FAIFO_URL", "FAIFO_KEY_FILE", "FAIFO_PURPOSE"):
        monkeypatch.delenv(name, raising=False)
