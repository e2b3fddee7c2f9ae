"""Log lines for people and for machines, with the ids, and without what must not stand in them."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faifo.errors import SettingsError
from faifo.node.settings.model import LogSettings
from faifo.node.watching import logs, tracing

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root, faifo = logging.getLogger(), logging.getLogger("faifo")
    handlers, levels, raising = (
        list(root.handlers),
        (root.level, faifo.level),
        logging.raiseExceptions,
    )
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    faifo.setLevel(levels[1])
    logging.raiseExceptions = raising
    logging.getLogger("faifo.access").disabled = False


def _lines(tmp_path: Path, **settings: object) -> list[str]:
    made = LogSettings(file="n.log", **settings)  # type: ignore[arg-type]
    logs.configure(made, tmp_path)
    with tracing.working(tracing.begin(f"00-{TRACE}-b7ad6b7169203331-01", request="r-1")):
        tracing.note(pid="urn:p", agreement="urn:a", participant="did:web:x")
        logging.getLogger("faifo.node").info("what\x1b[31m happened\nhere")
        logging.getLogger("faifo.access").info("GET /x", extra={"facts": {"status": 200}})
    logging.getLogger("faifo.node").debug("not told")
    logging.getLogger("other").info("not told")
    try:
        int("s3cret")
    except ValueError:
        logging.getLogger("other").exception("it failed")
    return (tmp_path / "n.log").read_text().splitlines()


def test_lines_for_people(tmp_path: Path) -> None:
    one, two, three = _lines(tmp_path)
    ids = f"trace={TRACE} pid=urn:p agreement=urn:a participant=did:web:x]"
    assert one[24:] == f" info    faifo.node: what?[31m happened here [{ids}"
    assert two[24:] == f" info    faifo.access: GET /x [status=200 {ids}"
    assert three[24:] == " error   other: it failed (ValueError)"
    assert stat.S_IMODE((tmp_path / "n.log").stat().st_mode) == 0o600


def test_lines_for_machines(tmp_path: Path) -> None:
    one, two, three = (json.loads(line) for line in _lines(tmp_path, format="json"))
    assert one.pop("at").endswith("Z")
    known = {
        "trace": TRACE,
        "request": "r-1",
        "pid": "urn:p",
        "agreement": "urn:a",
        "participant": "did:web:x",
    }
    words = {"level": "info", "logger": "faifo.node", "message": "what?[31m happened here"}
    assert one == {**words, **known}
    assert (two["status"], two["trace"]) == (200, TRACE)
    assert (three["message"], "trace" in three) == ("it failed (ValueError)", False)


def test_the_access_log_can_be_off(tmp_path: Path) -> None:
    assert not any("GET /x" in line for line in _lines(tmp_path, access=False))


def test_a_file_is_rotated(tmp_path: Path) -> None:
    logs.configure(LogSettings(file="n.log", file_bytes=10_000, files=2), tmp_path)
    for number in range(1000):
        logging.getLogger("faifo.node").info("line %d %s", number, "x" * 50)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["n.log", "n.log.1", "n.log.2"]
    for path in tmp_path.iterdir():
        assert path.stat().st_size <= 10_000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "line 999 " in (tmp_path / "n.log").read_text()


def test_a_level_of_the_command_line_prevails(tmp_path: Path) -> None:
    logs.configure(LogSettings(file="n.log", level="error"), tmp_path, level="debug")
    logging.getLogger("faifo.node").debug("told")
    assert "told" in (tmp_path / "n.log").read_text()


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    logs.configure(LogSettings(file="n.log"), tmp_path)
    logging.getLogger("faifo.node").info("x" * 100_000)
    assert len((tmp_path / "n.log").read_text()) < logs.LONGEST + 100


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        logs.configure(LogSettings(file="no/such/folder.log"), tmp_path)
    assert str(caught.value) == (
        f"the log file {tmp_path}/no/such/folder.log cannot be written: No such file or directory;"
        " expected a file in a folder that this user may write; change log.file in faifo.toml"
    )


def test_a_full_disk_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    logs.configure(LogSettings(), tmp_path)
    logging.getLogger().addHandler(logging.StreamHandler(Full()))
    logging.getLogger("faifo.node").warning("told")
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "Logging error" not in err


def test_what_is_no_regular_file_is_never_rotated(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "n.log")
    reader = os.open(tmp_path / "n.log", os.O_RDONLY | os.O_NONBLOCK)
    logs.configure(LogSettings(file="n.log", file_bytes=10_000), tmp_path)
    for number in range(200):
        logging.getLogger("faifo.node").info("line %d %s", number, "x" * 80)
    assert os.read(reader, 65536).count(b"\n") == 200
    assert [path.name for path in tmp_path.iterdir()] == ["n.log"]
    os.close(reader)


def test_a_file_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "n.log").write_text("x" * 9_950 + "\n")
    logs.configure(LogSettings(file="n.log", file_bytes=10_000), tmp_path)
    logging.getLogger("faifo.node").info("a line that has no room there")
    assert (tmp_path / "n.log.1").stat().st_size == 9_951
    assert (tmp_path / "n.log").read_text().endswith(" a line that has no room there\n")


@pytest.mark.parametrize("at", [1.9994999, 1.9999996, 0.0, 1764460800.0])
def test_a_time_is_that_of_the_record(at: float) -> None:
    record = logging.makeLogRecord({"created": at})
    said = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    assert logs._time(record) == said.replace("+00:00", "Z")
