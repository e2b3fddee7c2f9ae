"""A bundle of evidence about one agreement: a zip that one side hands to whoever settles a dispute.

`bundle.json` names who made it and lists every other file by its SHA-256; `receipts/ours` and
`receipts/theirs` hold receipts with what opens them, `checkpoints` signed heads of both logs: two
that cannot both be true are the proof of a fork. What no receipt opens is a claim of its maker.
Nothing of a zip is ever written to a disk, and all that is read of one is bounded.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from faifo.ledger.checkpoint import Checkpoint, check_signed, parse_checkpoint
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.trust_policy import Policy, parse_policy
from faifo.ledger.verifying import Verdict, judge

FORM: Final = "faifo/evidence/v1"
LIST: Final = "bundle.json"
RECEIPTS: Final = ("receipts/ours/", "receipts/theirs/")
ZIP: Final = b"PK\x03\x04"
CHECKPOINTS: Final = "checkpoints/"
MOST_FILES: Final = 20_000
MOST_FILE: Final = 8 * 1024 * 1024
MOST_BUNDLE: Final = 256 * 1024 * 1024
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
    EOFError,
)
# The same content makes the same bytes.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What `bundle.json` says: `keys` are the logs' keys (vkey) as `by` knows them."""

    bundle: str = FORM
    agreement: str
    by: str
    peer: str
    made: str
    keys: tuple[str, ...]
    files: dict[str, str] = {}


class Bundle(NamedTuple):
    about: About
    files: dict[str, bytes]


def write_bundle(about: About, files: Mapping[str, bytes]) -> bytes:
    """Return the bundle of `files`; what it lists is made from them."""
    sums = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    listed = msgspec.json.encode(msgspec.structs.replace(about, files=sums))
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {LIST: listed, **dict(sorted(files.items()))}.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return room.getvalue()


def read_bundle(raw: bytes) -> Bundle:
    """Return the bundle in `raw`, every file of which is the one that its list names.

    Raises:
        ProofError: BUNDLE, SIZE, MISSING or CHANGED.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = _files(archive)
    except ProofError:
        raise
    except (*_BROKEN, zlib.error):
        raise ProofError(Fault.BUNDLE, what="zip") from None
    try:
        about = msgspec.json.decode(files.pop(LIST, b""), type=About)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProofError(Fault.BUNDLE, what=LIST) from None
    if about.bundle != FORM:
        raise ProofError(Fault.BUNDLE, what=about.bundle[:40])
    for name, digest in about.files.items():
        if name not in files:
            raise ProofError(Fault.MISSING, file=name[:200])
        if sha256(files[name]).hexdigest() != digest:
            raise ProofError(Fault.CHANGED, file=name[:200])
    for name in files.keys() - about.files.keys():
        raise ProofError(Fault.CHANGED, file=name[:200])
    return Bundle(about, files)


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise ProofError(Fault.SIZE, index=len(infos), size=MOST_FILES)
    files: dict[str, bytes] = {}
    left = MOST_BUNDLE
    for info in infos:
        if info.filename in files or info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise ProofError(Fault.BUNDLE, what=info.filename[:200])
        most = min(left, MOST_FILE)
        # What the zip says of its sizes is not believed: a few bytes can stand for any number.
        with archive.open(info) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise ProofError(Fault.SIZE, index=len(content), size=most)
        left -= len(content)
        files[info.filename] = content
    return files


class Judged(NamedTuple):
    """What a bundle proves: the verdicts of its receipts, or why it is none.

    `heads` are the signed heads of logs that stand in it, by their files.
    """

    file: str
    bundle: Bundle | None
    verdicts: list[Verdict]
    heads: list[tuple[str, Checkpoint]]
    fault: ProofError | None


def judge_bundle(file: str, raw: bytes, policy: Policy) -> Judged:
    """Return what the bundle proves, by `policy`, or by its own keys where that trusts no log."""
    try:
        bundle = read_bundle(raw)
        own = not policy.logs
        trusted = parse_policy("\n".join(bundle.about.keys)) if own else policy
    except ProofError as error:
        return Judged(file, None, [], [], error)
    receipts = {
        name: content for name, content in bundle.files.items() if name.startswith(RECEIPTS)
    }
    verdicts = judge(receipts, trusted, own=own)
    heads = [
        (f"{file} {one.file}", one.receipt.checkpoint)
        for one in verdicts
        if one.receipt is not None and one.key is not None
    ]
    faults = [one.fault for one in verdicts if one.fault]
    if not any(one.receipt for one in verdicts):
        faults.append(ProofError(Fault.BUNDLE, what="no receipt"))
    for name, content in bundle.files.items():
        if name.startswith(CHECKPOINTS):
            try:
                head = parse_checkpoint(content)
                check_signed(head, trusted.log(head.origin))
                heads.append((f"{file} {name}", head))
            except ProofError as error:
                faults.append(error)
    return Judged(file, bundle, verdicts, heads, faults[0] if faults else None)
