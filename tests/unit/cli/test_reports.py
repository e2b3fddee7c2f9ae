"""`faifo report accesses` against two real nodes that nobody else uses: who read what."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from faifo import clock


@pytest.fixture(scope="module")
def read(pair: Any, tmp_path_factory: Any) -> Any:
    """Give the way to a provider whose two datasets were read: one twice, and refused once."""
    from faifo.cli.main import run

    provider, consumer = pair
    there, ours = ("--dir", str(provider.directory)), ("--dir", str(consumer.directory))
    folder = tmp_path_factory.mktemp("got")
    for name, purpose in (("rice", "=research"), ("fish", "teaching")):
        source = provider.directory.parent / f"{name}.csv"
        source.write_bytes(b"a,b\n" + b"1,2\n" * 24)
        told = ("publish", str(source), "--id", name, "--purpose", purpose, *there)
        assert run(told) == 0
    for number, (name, purpose) in enumerate(
        (("rice", "=research"), ("rice", "=research"), ("fish", "teaching"))
    ):
        target = str(folder / str(number))
        assert run(("get", "provider", name, "--purpose", purpose, "-o", target, *ours)) == 0
    return there, consumer.ready["did"]


def test_who_read_what_for_which_purpose_and_how_much(read: Any, faifo: Any):
    there, did = read
    found = faifo("report", "accesses", *there, "--json").json()
    rows = [(one["partner"], one["name"], one["served"], one["bytes"]) for one in found["rows"]]
    assert rows == [(did, "consumer", 3, 300)]
    by = ("--by", "dataset", "--by", "purpose")
    found = faifo("report", "accesses", *by, *there, "--json").json()
    assert [(one["dataset"], one["purpose"], one["served"]) for one in found["rows"]] == [
        ("rice", "=research", 2), ("fish", "teaching", 1),
    ]  # fmt: skip
    assert (found["served"], found["bytes"], found["more"]) == (3, 300, False)
    said = faifo("report", "accesses", *there)
    assert "consumer" in said.out
    assert "3 served, 0 refused, 300 B" in said.out


def test_by_day_and_narrowed(read: Any, faifo: Any):
    there, did = read
    today = clock.now().date().isoformat()
    found = faifo("report", "accesses", "--by", "day", "--dataset", "rice", *there, "--json").json()
    assert sum(one["served"] for one in found["rows"]) == 2
    assert found["rows"][-1]["day"] <= today
    for partner in ("consumer", did):
        ran = faifo("report", "accesses", "--partner", partner, "--limit", 1, *there, "--json")
        assert ran.json()["served"] == 3
    ran = faifo("report", "accesses", "--by", "dataset", "--limit", "1", *there)
    assert "There are further rows" in ran.err
    assert "3 served" in ran.out
    ran = faifo("report", "accesses", "--month", "2020-02", *there)
    assert ran.out == "From 2020-02-01 to 2020-02-29 nothing was read.\n"


def test_csv_for_a_spreadsheet_holds_no_formula(read: Any, faifo: Any):
    there, did = read
    by = ("--by", "partner", "--by", "purpose")
    ran = faifo("report", "accesses", *by, "--csv", *there)
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert rows[0][:5] == ["partner", "name", "purpose", "served", "refused"]
    assert rows[1][:5] == [did, "consumer", "'=research", "2", "0"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--month", "2026-13"), "--month is '2026-13'; expected a month such as 2026-11"),
        (("--since", "yesterday"), "since is 'yesterday'; expected a day such as 2026-11-30 (UTC)"),
        (("--month", "2026-11", "--since", "2026-11-02"), "give --month, or --since and --until"),
    ],
)
def test_what_is_no_time_is_told(read: Any, faifo: Any, words: tuple[str, ...], said: str):
    ran = faifo("report", "accesses", *words, *read[0])
    assert ran.code == 2
    assert said in ran.err
