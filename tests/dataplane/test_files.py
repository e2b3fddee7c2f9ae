from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from datetime import timedelta
from pathlib import Path

import pytest

from faifo.dataplane import files, openfile
from faifo.dataplane.protocol import ServerLimits

from .conftest import Plane, TestGate, TestJournal, publish

SIZE = 3 * 1024 * 1024 + 17
CONTENT = random.Random(7).randbytes(SIZE)
SMALL = b"country,vessels\nVN,12\n"


def field(data: bytes) -> str:
    return "sha-256=:" + base64.b64encode(hashlib.sha256(data).digest()).decode() + ":"


@pytest.fixture(autouse=True)
def published(gate: TestGate, tmp_path: Path) -> Path:
    gate.sources["small"] = publish(tmp_path / "small.csv", SMALL)
    gate.sources["large"] = publish(tmp_path / "large.bin", CONTENT, "application/octet-stream")
    return tmp_path


async def test_a_file_comes_whole_with_its_digests_and_the_journals_headers(
    plane: Plane, journal: TestJournal
):
    journal.headers = {"Faifo-Receipt": "1"}
    async with plane.get("/small") as answer:
        assert answer.status == 200
        assert await answer.read() == SMALL
    fields = answer.headers
    assert fields["ETag"] == f'"sha256:{hashlib.sha256(SMALL).hexdigest()}"'
    assert fields["Content-Type"] == "text/csv"
    assert fields["Content-Length"] == str(len(SMALL))
    assert fields["Content-Disposition"] == 'attachment; filename="small.csv"'
    assert fields["Accept-Ranges"] == "bytes"
    assert fields["Repr-Digest"] == fields["Content-Digest"] == field(SMALL)
    assert fields["faifo-receipt"] == "1"
    assert "Server" not in fields
    assert "Last-Modified" not in fields
    (access,) = journal.records
    assert (access.outcome, access.status, access.bytes_sent) == ("served", 200, len(SMALL))
    assert access.response_digest == hashlib.sha256(SMALL).digest()
    assert access.grant is not None
    assert access.grant.consumer == "did:web:consumer.example"


async def test_a_large_file_is_recorded_before_its_headers_and_streamed(
    plane: Plane, journal: TestJournal
):
    journal.headers = {"Faifo-Receipt": "2"}
    async with plane.get("/large") as answer:
        assert [access.outcome for access in journal.records] == ["served"]
        assert answer.headers["Faifo-Receipt"] == "2"
        assert await answer.read() == CONTENT
    assert [access.bytes_sent for access in journal.records] == [SIZE]


async def test_head_has_the_headers_and_no_body(plane: Plane, journal: TestJournal):
    async with plane.get("/large", "HEAD") as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(SIZE))
        assert answer.headers["Repr-Digest"] == field(CONTENT)
        assert await answer.read() == b""
    assert journal.last.bytes_sent == 0


async def test_a_resume_at_half_serves_only_the_rest(plane: Plane, journal: TestJournal):
    half = SIZE // 2
    async with plane.get("/large", headers={"Range": f"bytes={half}-"}) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes {half}-{SIZE - 1}/{SIZE}"
        assert answer.headers["Content-Digest"] == field(CONTENT[half:])
        assert answer.headers["Repr-Digest"] == field(CONTENT)
        assert await answer.read() == CONTENT[half:]
    assert journal.last.range == (half, SIZE - 1)
    assert journal.last.bytes_sent == SIZE - half
    assert journal.last.response_digest == hashlib.sha256(CONTENT[half:]).digest()


async def test_random_ranges_equal_slices_of_the_file(plane: Plane):
    generator = random.Random(11)
    for _ in range(40):
        first = generator.randrange(SIZE)
        last = generator.randrange(first, SIZE)
        async with plane.get("/large", headers={"Range": f"bytes={first}-{last}"}) as answer:
            body = await answer.read()
            assert (answer.status, body) == (206, CONTENT[first : last + 1])
            assert answer.headers["Content-Digest"] == field(body)


async def test_conditions_end_with_304_412_and_416(plane: Plane, journal: TestJournal):
    tag = f'"sha256:{hashlib.sha256(SMALL).hexdigest()}"'
    async with plane.get("/small", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
        assert answer.headers["ETag"] == tag
    assert journal.last.outcome == "served"
    async with plane.get("/small", headers={"If-Match": '"x"'}) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (
            412,
            "precondition-failed",
        )
    async with plane.get("/small", headers={"Range": "bytes=1000-"}) as answer:
        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(SMALL)}"
    assert (journal.last.outcome, journal.last.reason) == ("refused", "range-not-satisfiable")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(plane: Plane, journal: TestJournal, method: str):
    async with plane.get("/small", method) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert await answer.json(content_type=None) == {
            "type": "urn:faifo:problem:method-not-allowed",
            "title": "Method Not Allowed",
            "status": 405,
            "detail": f"{method} is not possible on a file",
            "code": "method-not-allowed",
            "reasons": [],
        }
    assert journal.last.outcome == "refused"


async def test_a_file_has_no_paths_below(plane: Plane):
    async with plane.get("/small/etc/passwd") as answer:
        assert answer.status == 404
    async with plane.get("/small/") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("spoken", "detail"),
    [
        ("en", "a file has no paths below it"),
        ("vi, en;q=0.5", "một tệp không có đường dẫn bên dưới"),
    ],
)
async def test_a_refusal_is_said_in_the_callers_language(plane: Plane, spoken: str, detail: str):
    async with plane.get("/small/x", headers={"Accept-Language": spoken}) as answer:
        assert answer.status == 404
        assert (await answer.json(content_type=None))["detail"] == detail


async def test_a_changed_file_is_refused(plane: Plane, journal: TestJournal, published: Path):
    (published / "small.csv").write_bytes(SMALL.swapcase())
    async with plane.get("/small") as answer:
        assert answer.status == 409
        assert (await answer.json(content_type=None))["code"] == "changed-since-publication"
        assert "ETag" not in answer.headers
    assert (journal.last.outcome, journal.last.status) == ("refused", 409)


async def test_a_change_while_streaming_breaks_the_answer_off(
    plane: Plane, journal: TestJournal, published: Path, gate: TestGate
):
    content = random.Random(3).randbytes(24 * 1024 * 1024)
    gate.sources["huge"] = publish(published / "huge.bin", content)
    reader, writer = await plane.raw(plane.request("/huge"))
    await reader.readuntil(b"\r\n\r\n")
    with (published / "huge.bin").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    body = await reader.read()
    body += await reader.read()
    while more := await reader.read(2**20):
        body += more
    assert len(body) < len(content)
    failed = await journal.wait_for("failed")
    assert failed.reason == "changed-since-publication"
    assert failed.access_id == journal.records[0].access_id
    writer.close()


async def test_a_client_that_leaves_gets_a_second_record_with_the_bytes_handed_over(
    plane: Plane, journal: TestJournal, published: Path, gate: TestGate
):
    content = random.Random(3).randbytes(24 * 1024 * 1024)
    gate.sources["huge"] = publish(published / "huge.bin", content)
    reader, writer = await plane.raw(plane.request("/huge"))
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(100_000)
    writer.transport.abort()
    interrupted = await journal.wait_for("interrupted")
    assert interrupted.reason == "client-left"
    assert 0 < interrupted.bytes_sent < len(content)
    assert [access.outcome for access in journal.records] == ["served", "interrupted"]
    assert journal.records[0].access_id == interrupted.access_id


async def test_who_leaves_while_the_access_is_booked_is_no_fault_of_the_server(
    plane: Plane, journal: TestJournal
):
    journal.takes_s = 0.3
    _, writer = await plane.raw(plane.request("/large"))
    writer.transport.abort()
    assert (await journal.wait_for("interrupted")).reason == "client-left"
    assert [access.outcome for access in journal.records] == ["served", "interrupted"]


@pytest.mark.parametrize("name", ["small", "large"])
async def test_without_a_record_nothing_of_a_file_is_served(
    plane: Plane, journal: TestJournal, name: str
):
    journal.fail = True
    async with plane.get(f"/{name}") as answer:
        assert answer.status == 503
        body = await answer.read()
    assert b'"code":"not-recorded"' in body
    assert SMALL not in body


async def test_readers_run_side_by_side(plane: Plane):
    async def read() -> bytes:
        async with plane.get("/large") as answer:
            body: bytes = await answer.read()
            return body

    assert set(await asyncio.gather(*(read() for _ in range(8)))) == {CONTENT}


async def test_answers_to_requests_that_came_at_once_keep_their_order(plane: Plane):
    asked = ("/large", "/small", "/large")
    reader, writer = await plane.raw(b"".join(map(plane.request, asked)))
    for name in asked:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        wanted = CONTENT if name == "/large" else SMALL
        assert await reader.readexactly(len(wanted)) == wanted
    writer.close()


@pytest.mark.parametrize(
    "limits", [ServerLimits(write_idle=timedelta(seconds=1))], ids=["a second"]
)
async def test_a_reader_that_stands_still_in_a_file_is_left(
    plane: Plane, journal: TestJournal, published: Path, gate: TestGate
):
    gate.sources["huge"] = publish(published / "huge.bin", bytes(24 * 1024 * 1024))
    reader, writer = await plane.raw(plane.request("/huge"))
    reader._limit = 2**16  # type: ignore[attr-defined]
    await reader.readuntil(b"\r\n\r\n")
    assert (await journal.wait_for("interrupted")).reason == "client-left"
    writer.transport.abort()


async def test_a_file_goes_out_without_being_read(plane: Plane, monkeypatch: pytest.MonkeyPatch):
    read: list[int] = []
    whole = openfile._read
    monkeypatch.setattr(openfile, "_read", lambda *at: read.append(at[2]) or whole(*at))
    async with plane.get("/large") as answer:
        assert await answer.read() == CONTENT
    assert read == [files.LAST]
