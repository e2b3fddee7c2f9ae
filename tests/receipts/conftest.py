"""Pairs of nodes with settings of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.conftest import Pair


@pytest.fixture
def new_pair(make_node: Any) -> Callable[..., Awaitable[Pair]]:
    """Start a provider and a consumer, each with settings of its own."""

    async def make(provider: str = "", consumer: str | None = None) -> Pair:
        theirs = provider if consumer is None else consumer
        both = Pair(make_node("provider", extra=provider), make_node("consumer", extra=theirs))
        await asyncio.gather(both.provider.start(), both.consumer.start())
        return both

    return make
