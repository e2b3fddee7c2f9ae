"""Files that commands read and write: bounded, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

import click

from faifo.errors import NotFoundError, SettingsError, StorageError, TooLargeError
from faifo.phrases import Phrase

MAX_BYTES = 64 * 2**20
FILE = click.Path(path_type=Path, dir_okay=False)


def read(path: Path, noun: str, limit: int = MAX_BYTES) -> bytes:
    """Return a file of at most `limit` bytes; `noun` is what it should hold."""
    with opened(path, noun) as file:  # a device or a pipe tells no size
        found = file.read(limit + 1)
    if len(found) > limit:
        what = Phrase("errors.told.file.of", what=Phrase(f"errors.noun.{noun}"), name=path.name)
        raise TooLargeError(what=what, limit=limit)
    return found


@contextmanager
def opened(path: Path, noun: str) -> Iterator[BufferedReader]:
    """Open a file for reading; `noun` is what it should hold."""
    try:
        with path.open("rb") as file:
            yield file
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NotFoundError(what=Phrase(f"errors.noun.{noun}"), name=str(path)) from None
    except OSError as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error.strerror),
            expected=Phrase("proof.readable"),
        ) from None


def read_toml(path: Path, expected: Phrase, limit: int) -> dict[str, Any]:
    """Return a description in TOML; raises as `read`, and SettingsError: it is no TOML."""
    import tomllib

    try:
        return tomllib.loads(read(path, "description", limit).decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            what=Phrase("errors.told.notice.toml", path=str(path), why=str(error)),
            expected=expected,
        ) from None


def write(path: Path, body: bytes | str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    write_all([(path, body)])


def write_all(files: Iterable[tuple[Path, bytes | str]], *, mode: int = 0o666) -> None:
    """Write all files beside their places first, and only then put them there.

    A device or a pipe is written to, and keeps its name.
    """
    parts: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, body in files:
            content = body.encode() if isinstance(body, str) else body
            if path.exists() and not path.is_file():
                path.write_bytes(content)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            parts.append((part, path))
            with open(part, "wb", opener=partial(os.open, mode=mode)) as file:
                file.write(content)
        for part, path in parts:
            part.replace(path)
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unwritable", path=str(path), why=error.strerror)
        ) from None
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
