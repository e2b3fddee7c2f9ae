"""Tell a pickle by its content: opening one runs whatever its author wrote into it."""

from __future__ import annotations

import pickletools
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

_NAMES: Final = frozenset(
    {".pkl", ".pickle", ".joblib", ".sav", ".pt", ".pth", ".dill", ".cloudpickle", ".npy", ".npz"}
)
# zlib, gzip, bzip2, xz and lz4 as joblib writes them, and NumPy's own format.
_PACKED: Final = (
    *(b"x\x01", b"x\x5e", b"x\x9c", b"x\xda", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"),
    *(b"\x04\x22\x4d\x18", b"]\x00\x00", b"ZF", b"\x93NUMPY"),
)
ADVICE: Final = Phrase("errors.told.ai.pickle.advice")


def refuse_pickle(path: Path, body: bytes) -> None:
    """Return if `body` is no pickle, also none that is packed or has another name.

    Raises:
        SettingsError: it is, or may be one; nothing of it was opened.
    """
    reason = _reason(path, body)
    if reason:
        raise SettingsError(
            what=Phrase("errors.told.ai.pickle.refused", name=path.name, reason=reason),
            expected=Phrase("errors.told.ai.pickle.wanted"),
            advice=ADVICE,
        )


def _reason(path: Path, body: bytes) -> Phrase | None:
    if body[:1] == b"\x80" and body[1:2] <= b"\x05":
        return Phrase("errors.told.ai.pickle.is")
    if body.startswith(_PACKED):
        return Phrase("errors.told.ai.pickle.packed")
    if _is_old_pickle(body):
        return Phrase("errors.told.ai.pickle.old")
    if body.startswith(b"PK") and _holds_pickle(body):
        return Phrase("errors.told.ai.pickle.holds")
    if path.suffix.lower() in _NAMES:
        return Phrase("errors.told.ai.pickle.name", suffix=path.suffix)
    return None


def _is_old_pickle(body: bytes) -> bool:
    """Tell a pickle of protocol 0 or 1 by reading its instructions, which runs none of them."""
    if b"." not in body[:65536] or body[:1] in b"{[ \n\r\t":
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bytes that are no pickle may look like odd escapes
            seen = [opcode.name for opcode, _, _ in pickletools.genops(body[: 2**20])]
    except (ValueError, IndexError, KeyError, UnicodeError, OverflowError, EOFError):
        return False
    return seen[-1:] == ["STOP"] and len(seen) > 1


def _holds_pickle(body: bytes) -> bool:
    try:
        names = zipfile.ZipFile(BytesIO(body)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return True
    return "schema.json" not in names or any(
        Path(name).suffix in _NAMES - {".npy", ".npz"} for name in names
    )
