"""S3Proxy, which stores what it is given, as the object store of somebody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from obstore.store import S3Store
from temporary_s3proxy import BUCKET, SECRET, jars, options, serving
from tests.conftest import free_port

__all__ = ["SECRET", "Store"]


class Store:
    """A running store with one bucket; `options` is what a client needs, as the lines of a file."""

    def __init__(self, port: int) -> None:
        self.options = options(port)
        self.endpoint = self.options["endpoint"]
        client: Any = {"allow_http": True}
        config: Any = {**self.options, "disable_bulk_delete": "true"}  # S3Proxy answers 501
        self.client = S3Store(BUCKET, config=config, client_options=client)

    def lines(self) -> str:
        return "".join(f"{name}: {value}\n" for name, value in self.options.items())


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    try:
        jars()
    except RuntimeError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    port = free_port()
    with serving(tmp_path_factory.mktemp("s3proxy"), port):
        yield Store(port)
