"""Names, the shape of errors, and what is proven: against a node that does what a test tells it."""

from __future__ import annotations

import asyncio
import pickle
import warnings
from typing import Any

import pytest

fsspec = pytest.importorskip("fsspec")

from faifo import errors  # noqa: E402
from faifo.client.filesystem import FaifoFileSystem, as_os_error, node_in  # noqa: E402


@pytest.fixture
def files(node: Any, monkeypatch: pytest.MonkeyPatch) -> FaifoFileSystem:
    for name in ("FAIFO_DIR", "FAIFO_URL", "FAIFO_KEY_FILE", "FAIFO_PURPOSE"):
        monkeypatch.delenv(name, raising=False)
    return fsspec.filesystem("faifo", url=node.url, key="the-key", skip_instance_cache=True)


async def off(work: Any, *arguments: Any, **options: Any) -> Any:
    """Run blocking code while the node of the test answers in this loop."""
    return await asyncio.to_thread(work, *arguments, **options)


@pytest.mark.parametrize(
    ("provider", "named"),
    [
        ("rice", "rice"),
        ("Osaka%20Traders", "Osaka Traders"),
        ("osaka%2Ejp", "osaka.jp"),
        ("node.example.org", "https://node.example.org"),
        ("localhost:8081", "https://localhost:8081"),
        ("did:web:localhost%3A8081", "did:web:localhost%3A8081"),
        ("did%3Aweb%3Alocalhost%253A8081", "did:web:localhost%3A8081"),
    ],
)
def test_a_provider_is_a_name_a_host_or_a_did(provider: str, named: str):
    assert node_in(provider) == named


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (errors.NotFoundError(what="dataset", name="x"), FileNotFoundError, "no dataset 'x' here"),
        (
            errors.RefusedError(what="the use", reasons=("too late",)),
            PermissionError,
            "the use refused: too late",
        ),
        (errors.NotProvenError(step="trust", reason="no"), PermissionError, "trust: no"),
        (errors.NotProvenError(step="SHA-256", reason="no"), OSError, "SHA-256: no"),
        (
            errors.UnreachableError(who="rice", reason="gone"),
            ConnectionError,
            "rice cannot be reached: gone",
        ),
        (errors.ConflictError(what="changed"), OSError, "changed"),
    ],
)
def test_errors_are_oserrors_with_the_same_sentence(error: Any, kind: type, sentence: str):
    made = as_os_error(error)
    assert type(made) is kind
    assert str(made) == sentence


async def test_reading_at_any_place(node: Any, files: Any):
    def read() -> tuple[bytes, bytes, bytes]:
        with files.open("faifo://rice/d", block_size=100) as file:
            file.seek(9_000)
            late = file.read(10)
            file.seek(0)
            return late, file.read(5), files.cat_file("rice/d", start=-3)

    assert await off(read) == (b"0123456789", b"01234", b"789")
    assert "bytes=9000-9109" in node.ranges
    assert None not in node.ranges


async def test_what_is_read_in_order_is_proven_as_a_whole(node: Any, files: Any):
    node.promised = b"\0" * 32

    def read() -> bytes:
        with files.open("faifo://rice/d", block_size=1000) as file:
            assert file.read(2000) == node.content[:2000]
            return bytes(file.read())

    with pytest.raises(OSError, match=r"^SHA-256: promised 0000") as caught:
        await off(read)
    assert isinstance(caught.value.__cause__, errors.NotProvenError)


async def test_a_service_without_ranges_is_read_whole(node: Any, files: Any):
    node.ranges_served = False

    def read() -> bytes:
        with files.open("faifo://rice/d/v1/prices?month=9") as file:
            return bytes(file.read())

    assert await off(read) == node.content
    assert node.requests[-1] == ("GET", "/manage/v1/transfers/t1/data/v1/prices?month=9")


async def test_many_ranges(node: Any, files: Any):
    paths, starts, ends = ["rice/d"] * 3, [0, 5, None], [3, 8, 2]
    assert await off(files.cat_ranges, paths, starts, ends) == [b"012", b"567", b"01"]
    assert list(node.transfers) == ["t1"]


async def test_a_list_names_what_can_be_opened(node: Any, files: Any):
    assert await off(files.ls, "faifo://rice", detail=False) == ["rice/d"]
    assert (await off(files.info, "faifo://rice"))["type"] == "directory"
    assert await off(files.glob, "faifo://rice/*") == ["rice/d"]
    with pytest.raises(PermissionError, match=r"^faifo:// itself has no list"):
        await off(files.ls, "faifo://")
    with pytest.raises(IsADirectoryError, match=r"names no dataset"):
        await off(files.open, "faifo://rice")


async def test_a_provider_that_nobody_knows_is_not_there(node: Any, files: Any, make_problem: Any):
    assert await off(files.isdir, "faifo://rice") is True
    node.answer = make_problem(404, "not-found", "no node 'rise' here")
    assert await off(files.exists, "faifo://rise") is False
    node.answer = make_problem(404, "not-found", "no node 'rise' here")
    assert await off(files.isdir, "faifo://rise") is False


async def test_it_is_read_only(files: Any):
    with pytest.raises(PermissionError, match=r"cannot be opened with 'wb': it is a partner's$"):
        await off(files.open, "faifo://rice/d", "wb")


async def test_a_refusal_is_not_an_absence(node: Any, files: Any, make_problem: Any):
    node.answer = make_problem(403, "refused", "the negotiation refused: not for you", "no")
    with pytest.raises(PermissionError, match=r"^the negotiation refused: not for you$"):
        await off(files.exists, "faifo://rice/d")
    node.answer = make_problem(404, "not-found", "no dataset 'd' here")
    assert await off(files.exists, "faifo://rice/d") is False
    node.answer = make_problem(404, "not-found", "no dataset 'd' here")
    with pytest.raises(FileNotFoundError, match=r"^no dataset 'd' here$"):
        await off(files.open, "faifo://rice/d")


async def test_the_environment_says_which_node(
    node: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "key").write_text("the-key\n")
    monkeypatch.setenv("FAIFO_URL", node.url)
    files = FaifoFileSystem(skip_instance_cache=True)
    with pytest.raises(OSError, match=r"is named without a key; expected key or key_file"):
        await off(files.info, "rice/d")
    monkeypatch.setenv("FAIFO_KEY_FILE", str(tmp_path / "key"))
    assert (await off(files.info, "rice/d"))["size"] == 10_000
    monkeypatch.delenv("FAIFO_URL")
    monkeypatch.setenv("FAIFO_DIR", str(tmp_path))
    with pytest.raises(OSError, match=r"^there is no faifo.toml in "):
        await off(files.info, "rice/d")


async def test_it_travels_to_other_processes(files: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (await off(pickle.loads(pickle.dumps(files)).info, "rice/d"))["size"] == 10_000
