"""The log of a node: lines for a terminal, or JSON lines for a machine, with one id through all.

A line never has a traceback, a token or a query string. What does not fit a line is cut. A file
is its owner's alone and is rotated by size; if it cannot be written, the node goes on.
"""

from __future__ import annotations

import logging
import math
import os
import stat
import sys
from datetime import UTC, datetime
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from faifo.errors import SettingsError
from faifo.node.settings.model import LogSettings
from faifo.node.watching import tracing
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler

LONGEST = 8192
# Members of an access line, in the order of the text form; set with `extra={"facts": …}`.
_CONTEXT = ("trace", "request", "pid", "agreement", "participant")


class Context(logging.Filter):
    """Gives each record the ids of what the current task works for."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.node = tracing.node()
        if not hasattr(record, "activity"):
            record.activity = tracing.current()
        return True


class TextLines(logging.Formatter):
    """Time, level, logger, message, then the ids that are known."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname.lower():7} {record.name}: {_message(record)}"
        facts = {**getattr(record, "facts", {}), **_ids(record)}
        facts.pop("request", None)
        known = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{line} [{known}]" if known else line


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the ids, and facts."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, Any] = {
            "at": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **getattr(record, "facts", {}),
            **_ids(record),
        }
        return msgspec.json.encode(content).decode()


def configure(settings: LogSettings, folder: Path, *, level: str | None = None) -> None:
    """Send the log of this process where `settings` says; `level` prevails over theirs.

    Raises:
        SettingsError: the log file cannot be written.
    """
    logging.raiseExceptions = False  # a full disk must not fill the terminal with tracebacks
    # No line says which line of the program, thread or process it came from: it is half its cost.
    logging._srcfile = None  # noqa: SLF001 - as Python documents it
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler: logging.Handler
    if settings.file:
        handler = _file(folder / settings.file, settings)
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    handler.addFilter(Context())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("faifo").setLevel((level or settings.level).upper())
    logging.getLogger("faifo.access").disabled = not settings.access


def _file(path: Path, settings: LogSettings) -> RotatingFileHandler:
    from logging.handlers import RotatingFileHandler

    class OwnersFile(RotatingFileHandler):
        def _open(self) -> Any:
            def opener(name: str, flags: int) -> int:
                return os.open(name, flags | os.O_CLOEXEC, 0o600)

            self._file = FileIO(self.baseFilename, "a", opener=opener)
            there = os.fstat(self._file.fileno())
            regular = stat.S_ISREG(there.st_mode)  # nothing else is rotated
            self._room = settings.file_bytes - there.st_size if regular else math.inf
            return self._file

        def emit(self, record: logging.LogRecord) -> None:
            # Python's own makes each line twice, and asks the disk for the file each time.
            try:
                line = f"{self.format(record)}\n".encode()
                if len(line) >= self._room:
                    self.doRollover()
                self._room -= self._file.write(line)
            except Exception:  # noqa: BLE001 - as every handler does
                self.handleError(record)

    try:
        return OwnersFile(path, maxBytes=settings.file_bytes, backupCount=settings.files)
    except OSError as error:
        raise SettingsError(
            what=Phrase("errors.told.log.unwritable", path=path, why=error.strerror),
            expected=Phrase("errors.told.log.wanted"),
            advice=Phrase("errors.told.log.change"),
        ) from None


def _time(record: logging.LogRecord) -> str:
    second, rest = divmod(round(record.created * 1_000_000), 1_000_000)
    return f"{_second(second)}.{rest // 1000:03}Z"


@lru_cache(maxsize=1)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:-6]


def _message(record: logging.LogRecord) -> str:
    text = " ".join(record.getMessage().split())
    if record.exc_info and record.exc_info[0]:
        text += f" ({record.exc_info[0].__name__})"
    # What others sent may stand in it: no control characters reach a terminal.
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _ids(record: logging.LogRecord) -> dict[str, str]:
    node, activity = getattr(record, "node", ""), getattr(record, "activity", None)
    known = {"node": node} if node else {}
    if activity is not None:
        known |= {name: value for name in _CONTEXT if (value := getattr(activity, name))}
    if known.get("request") == known.get("trace"):
        known.pop("request", None)
    return known
