"""Files and folders that the owner of a node's directory has named for publishing, one by one.

They stand in `shared.toml` beside the settings, written by the command line: whoever may write into
the directory is the owner. `publish.roots` is for more than that; the API adds nothing to either.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container
from functools import lru_cache
from pathlib import Path

import msgspec

from faifo.errors import SettingsError
from faifo.node.custody.directory import Directory, write_secret
from faifo.phrases import Phrase

HEAD = b"# What `faifo publish PATH` has added: these files and folders may be published.\n"


def read_shared(directory: Directory) -> dict[str, None]:
    """Return the paths that have been added, in their order.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        found = directory.shared.stat()
        return _read(directory.shared, found.st_ino, found.st_mtime_ns, found.st_size)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=directory.shared, why=error),
            expected=Phrase("errors.told.publish.shared"),
        ) from None


@lru_cache(maxsize=8)
def _read(path: Path, *_: int) -> dict[str, None]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return dict.fromkeys(msgspec.convert(content["paths"], tuple[str, ...]))


def is_below(path: Path, named: Container[str]) -> bool:
    """Tell whether a resolved path, or a folder that it is in, is one of `named`."""
    return any(str(one) in named for one in (path, *path.parents))


def share(directory: Directory, paths: list[Path], roots: tuple[str, ...]) -> tuple[str, ...]:
    """Add exactly those of `paths` that lie below nothing yet; return what was added."""
    known = read_shared(directory)
    allowed = {*known, *(str(Path(one).resolve()) for one in roots)}
    wanted = dict.fromkeys(path.resolve() for path in paths)
    added = tuple(str(one) for one in wanted if not is_below(one, allowed))
    if added:
        _write(directory, (*known, *added))
    return added


def unshare(directory: Directory, added: tuple[str, ...]) -> None:
    """Take back what was added."""
    if added:
        gone = set(added)
        _write(directory, tuple(one for one in read_shared(directory) if one not in gone))


def _write(directory: Directory, paths: tuple[str, ...]) -> None:
    # A JSON string is a TOML string, except for DEL, which TOML wants escaped.
    lines = (
        b"  " + msgspec.json.encode(one).replace(b"\x7f", b"\\u007f") + b",\n" for one in paths
    )
    write_secret(directory.shared, HEAD + b"paths = [\n" + b"".join(lines) + b"]\n")
