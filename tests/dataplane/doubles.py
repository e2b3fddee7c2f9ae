"""A gate and a journal that a test can steer; tests/contract holds them to their ports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from faifo.dataplane.gate import AccessDenied, AccessRequest, Grant, Source
from faifo.dataplane.journal import Access

TOKEN = "canary-token-7a81c2"


class TestGate:
    """Admits TOKEN to the sources it was given."""

    __test__ = False

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    async def admit(self, request: AccessRequest) -> Grant:
        if request.token != TOKEN:
            raise AccessDenied(status=401, code="token-unknown", reasons=("unknown token",))
        if request.transfer_id not in self.sources:
            raise AccessDenied(status=404, code="not-found")
        return Grant(
            source=self.sources[request.transfer_id],
            transfer_id=request.transfer_id,
            agreement_id="urn:agreement:1",
            consumer="did:web:consumer.example",
        )


class TestJournal:
    """Keeps records; `fail` makes it refuse, and `recorded` wakes who waits for a record."""

    __test__ = False

    def __init__(self) -> None:
        self.records: list[Access] = []
        self.fail = False
        self.takes_s = 0.0
        self.headers: dict[str, str] = {}
        self._recorded = asyncio.Condition()

    async def record(self, access: Access) -> Mapping[str, str]:
        if self.fail:
            raise OSError("disk full " + TOKEN)
        await asyncio.sleep(self.takes_s)
        async with self._recorded:
            self.records.append(access)
            self._recorded.notify_all()
        return self.headers

    async def wait_for(self, outcome: str) -> Access:
        async with asyncio.timeout(15), self._recorded:
            while True:
                for access in self.records:
                    if access.outcome == outcome:
                        return access
                await self._recorded.wait()

    @property
    def last(self) -> Access:
        return self.records[-1]
