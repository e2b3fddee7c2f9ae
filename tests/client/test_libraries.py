"""pandas, Polars, DuckDB and Dask read a partner's data by its name, with real nodes behind it."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("fsspec")


@pytest.fixture
def parquet(table: bytes) -> bytes:
    pandas = pytest.importorskip("pandas")
    out = io.BytesIO()
    pandas.read_csv(io.BytesIO(table)).to_parquet(out, row_group_size=20_000, compression=None)
    return out.getvalue()


async def test_the_one_liner(shared: Any):
    url = await shared.publish("prices.csv", b"province,price\nAn Giang,8240\n")
    program = f"import pandas as pd; print(pd.read_csv({url!r}))"
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        env={**os.environ, "FAIFO_DIR": str(shared.consumer.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.stdout == "   province  price\n0  An Giang   8240\n"
    # The program has ended, and has said that it is done.
    (transfer,) = shared.provider.records("transfer")
    assert transfer.state == "COMPLETED"


async def test_pandas(shared: Any, table: bytes, parquet: bytes):
    pandas = pytest.importorskip("pandas")
    expected = pandas.read_csv(io.BytesIO(table))
    url = await shared.publish("prices.csv", table)
    frame = await asyncio.to_thread(pandas.read_csv, url, storage_options=shared.options)
    assert frame.equals(expected)
    url = await shared.publish("prices.parquet", parquet)
    frame = await asyncio.to_thread(pandas.read_parquet, url, storage_options=shared.options)
    assert frame.equals(expected)
    assert len(shared.provider.records("agreement")) == 2
    assert len(shared.provider.records("transfer")) == 2


async def test_polars_reads_one_column_without_the_others(shared: Any, parquet: bytes):
    polars = pytest.importorskip("polars")
    datasets = pytest.importorskip("pyarrow.dataset")
    fsspec = pytest.importorskip("fsspec")
    url = await shared.publish("prices.parquet", parquet)

    def read() -> tuple[int, int]:
        files = fsspec.filesystem("faifo", **shared.options)
        source = datasets.dataset(url.removeprefix("faifo://"), filesystem=files)
        lazy = polars.scan_pyarrow_dataset(source).filter(polars.col("row") < 10)
        few = lazy.select("price").collect().height
        with fsspec.open(url, **shared.options) as file:
            return few, polars.scan_parquet(file).select("row").collect().height

    before = len(shared.served())
    assert await asyncio.to_thread(read) == (10, 200_000)
    assert len(shared.served()) > before


async def test_a_part_is_served_as_a_part(shared: Any, parquet: bytes):
    polars = pytest.importorskip("polars")
    datasets = pytest.importorskip("pyarrow.dataset")
    fsspec = pytest.importorskip("fsspec")
    url = await shared.publish("prices.parquet", parquet)

    def read() -> int:
        files = fsspec.filesystem("faifo", **shared.options, block_size=4096)
        source = datasets.dataset(url.removeprefix("faifo://"), filesystem=files)
        return polars.scan_pyarrow_dataset(source).select("price").head(10).collect().height

    assert await asyncio.to_thread(read) == 10
    gets = [entry.detail for entry in shared.served() if entry.detail["method"] == "GET"]
    assert gets
    assert all(detail.get("range") for detail in gets)
    assert sum(detail["bytes"] for detail in gets) < len(parquet) / 2


async def test_polars_reads_csv(shared: Any, table: bytes):
    polars = pytest.importorskip("polars")
    fsspec = pytest.importorskip("fsspec")
    url = await shared.publish("prices.csv", table)

    def read() -> Any:
        with fsspec.open(url, **shared.options) as file:
            return polars.read_csv(file)["price"].sum()

    assert await asyncio.to_thread(read) == polars.read_csv(io.BytesIO(table))["price"].sum()


async def test_duckdb(shared: Any, table: bytes, parquet: bytes):
    duckdb = pytest.importorskip("duckdb")
    fsspec = pytest.importorskip("fsspec")
    csv_url = await shared.publish("prices.csv", table)
    parquet_url = await shared.publish("prices.parquet", parquet)

    def read() -> list[Any]:
        with duckdb.connect() as database:
            database.register_filesystem(fsspec.filesystem("faifo", **shared.options))
            question = "select province, count(*), sum(price) from '{}' group by 1 order by 1"
            return [database.sql(question.format(url)).fetchall() for url in (csv_url, parquet_url)]

    from_csv, from_parquet = await asyncio.to_thread(read)
    assert from_csv == from_parquet
    assert [name for name, _, _ in from_csv] == ["An Giang", "Can Tho"]
    assert sum(count for _, count, _ in from_csv) == 200_000


@pytest.mark.filterwarnings("default")
async def test_dask_reads_parts_at_once_under_one_transfer(shared: Any, table: bytes):
    frames = pytest.importorskip("dask.dataframe")
    url = await shared.publish("prices.csv", table)

    def read() -> tuple[int, int]:
        frame = frames.read_csv(url, storage_options=shared.options, blocksize=500_000)
        return frame.npartitions, len(frame)

    parts, rows = await asyncio.to_thread(read)
    assert parts > 5
    assert rows == 200_000
    assert len(shared.provider.records("agreement")) == 1
    assert len(shared.provider.records("transfer")) == 1
