"""Files and folders that the owner of a node's directory has named for publishing, one by one.

They stand in `shared.toml` beside the settings, written by the command line: whoever may write into
the directory is the owner. `publish.roots` is for more than that; the API adds nothing to either.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from faifo.errors import SettingsError
from faifo.node.custody.directory import Directory, write_secret
from faifo.phrases import Phrase

HEAD = b"# What `faifo publish PATH` has added: these files and folders may be published.\n"


def read_shared(directory: Directory) -> tuple[str, ...]:
    """Return the paths that have been added.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        content = tomllib.loads(directory.shared.read_text(encoding="utf-8"))
        return msgspec.convert(content["paths"], tuple[str, ...])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=directory.shared, why=why),
            expected=Phrase("errors.told.publish.shared"),
        ) from None


def share(directory: Directory, paths: list[Path], roots: tuple[str, ...]) -> tuple[str, ...]:
    """Add exactly those of `paths` that lie below nothing yet; return what was added."""
    known = read_shared(directory)
    allowed = [Path(one).resolve() for one in (*roots, *known)]
    wanted = dict.fromkeys(str(path.resolve()) for path in paths)
    added = tuple(
        one for one in wanted if not any(Path(one).is_relative_to(root) for root in allowed)
    )
    if added:
        _write(directory, (*known, *added))
    return added


def unshare(directory: Directory, added: tuple[str, ...]) -> None:
    """Take back what was added."""
    if added:
        _write(directory, tuple(one for one in read_shared(directory) if one not in added))


def _write(directory: Directory, paths: tuple[str, ...]) -> None:
    # A JSON string is a TOML string, except for DEL, which TOML wants escaped.
    lines = (
        b"  " + msgspec.json.encode(one).replace(b"\x7f", b"\\u007f") + b",\n" for one in paths
    )
    write_secret(directory.shared, HEAD + b"paths = [\n" + b"".join(lines) + b"]\n")
