from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from pathlib import Path

import pytest

from faifo.dataplane import openfile
from faifo.dataplane.gate import File, StatSignature
from faifo.dataplane.openfile import Files, NotServableError


def published(path: Path) -> File:
    content = path.read_bytes()
    return File(
        path=str(path),
        digest=hashlib.sha256(content).digest(),
        size=len(content),
        stat=StatSignature.of(path.stat()),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(b"0123456789")
    return path


@pytest.fixture
def files():
    files = Files(threads=2)
    yield files
    files.close()


async def refused(files: Files, file: File) -> tuple[int, str, str]:
    with pytest.raises(NotServableError) as caught:
        await files.open(file)
    return caught.value.status, caught.value.code, str(caught.value.detail)


async def test_an_unchanged_file_is_read_without_hashing(
    files: Files, path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = published(path)
    monkeypatch.setattr(openfile, "_hash_path", None)
    opened = await files.open(file)
    assert await opened.read(2, 3) == b"234"
    assert await opened.read_last(8, 2) == b"89"
    assert await opened.digest(2, 5) == hashlib.sha256(b"234").digest()
    opened.close()


async def test_a_touched_file_is_hashed_once_for_all_who_wait_and_then_remembered(
    files: Files, path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = published(path)
    os.utime(path, (1, 1))
    calls = []
    real = openfile._hash_path

    def counted(path: str, signature: StatSignature) -> tuple[bytes, bool]:
        calls.append(path)
        return real(path, signature)[0], True

    monkeypatch.setattr(openfile, "_hash_path", counted)
    for opened in await asyncio.gather(*(files.open(file) for _ in range(10))):
        opened.close()
    (await files.open(file)).close()
    assert calls == [str(path)]


async def test_a_hash_made_right_after_a_change_is_not_remembered(files: Files, path: Path):
    file = published(path)
    os.utime(path)
    (await files.open(file)).close()
    assert not files._known


async def test_other_content_of_the_same_size_is_refused(files: Files, path: Path):
    file = published(path)
    path.write_bytes(b"9876543210")
    assert await refused(files, file) == (
        409,
        "changed-since-publication",
        "the file is not the one that was published any more",
    )


async def test_another_file_under_the_same_name_is_refused(files: Files, path: Path):
    file = published(path)
    other = path.with_name("other")
    other.write_bytes(b"9876543210")
    other.replace(path)
    assert (await refused(files, file))[1] == "changed-since-publication"


async def test_another_size_is_refused(files: Files, path: Path):
    file = published(path)
    path.write_bytes(b"short")
    assert (await refused(files, file))[1] == "changed-since-publication"


async def test_a_change_after_opening_is_noticed_at_the_last_read(files: Files, path: Path):
    opened = await files.open(published(path))
    path.write_bytes(b"9876543210")
    with pytest.raises(NotServableError):
        await opened.read_last(0, 10)
    opened.close()


@pytest.mark.parametrize("kind", ["missing", "symlink", "fifo", "directory"])
async def test_what_is_no_regular_file_is_gone(files: Files, path: Path, kind: str):
    file = published(path)
    path.rename(path.with_name("elsewhere"))
    if kind == "symlink":
        path.symlink_to(path.with_name("elsewhere"))
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    assert (await asyncio.wait_for(refused(files, file), 5))[:2] == (410, "file-gone")


async def test_a_descriptor_outlives_a_cancelled_read_and_is_then_closed(files: Files, path: Path):
    opened = await files.open(published(path))
    descriptor = opened._descriptor
    running = asyncio.get_running_loop().create_future()
    hold = asyncio.Event()
    loop = asyncio.get_running_loop()

    def job() -> bytes:
        loop.call_soon_threadsafe(running.set_result, None)
        asyncio.run_coroutine_threadsafe(hold.wait(), loop).result(10)
        return os.pread(descriptor, 3, 0)

    task = asyncio.ensure_future(opened._run(job))
    await running
    pending = opened._pending
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    opened.close()
    os.fstat(descriptor)
    hold.set()
    assert pending is not None
    assert await asyncio.to_thread(pending.result, 10) == b"012"
    await asyncio.to_thread(files._pool.shutdown)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


async def test_a_descriptor_is_kept_and_serves_what_its_path_leads_to_alone(
    files: Files, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file, made, real = published(path), [], openfile._open
    monkeypatch.setattr(openfile, "_in_memory", lambda *_: True)
    monkeypatch.setattr(openfile, "_open", lambda path: made.append(path) or real(path))
    for _ in range(3):
        opened = await files.open(file)
        assert await opened.read_last(0, 10) == b"0123456789"
        opened.close()
    assert made == [str(path)]
    other = tmp_path / "other.csv"
    other.write_bytes(b"9876543210")
    other.replace(path)
    assert (await refused(files, file))[:2] == (409, "changed-since-publication")
    path.unlink()
    assert (await refused(files, file))[:2] == (410, "file-gone")


async def test_where_the_system_does_not_tell_what_it_has_nothing_is_read_in_the_loop(
    files: Files, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(openfile, "_NOWAIT", 0)
    threads, real = set(), openfile._read

    def seen(*at: int) -> bytes:
        threads.add(threading.current_thread())
        return real(*at)

    monkeypatch.setattr(openfile, "_read", seen)
    opened = await files.open(published(path))
    assert await opened.read(2, 3) == b"234"
    assert await opened.read_last(8, 2) == b"89"
    opened.close()
    assert not files._kept
    assert threading.current_thread() not in threads
    assert threads


async def test_what_is_kept_is_let_go_after_a_while_and_at_the_end(
    files: Files, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(openfile, "_in_memory", lambda *_: True)
    monkeypatch.setattr(openfile, "_KEPT_S", 0.0)
    (await files.open(published(path))).close()
    async with asyncio.timeout(10):
        while files._kept:
            await asyncio.sleep(0)
    monkeypatch.setattr(openfile, "_KEPT_S", 1000.0)
    (await files.open(published(path))).close()
    ((descriptor, _),) = files._kept.values()
    files.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)
