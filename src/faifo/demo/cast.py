"""Who plays: invented organisations, their directories, keys, settings and trust.

A demo folder is known by its mark, so that no other folder is ever emptied.
"""

from __future__ import annotations

import errno
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from faifo import ids
from faifo.demo import tables
from faifo.errors import ConflictError, SettingsError
from faifo.node.custody.directory import Directory, unwritable, write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.settings.model import template
from faifo.phrases import Phrase
from faifo.trust.did import did_of_node_url

Entry = tuple[str, str, str]
PAIR: Final[tuple[Entry, ...]] = (
    ("thu-bon", "Thu Bon Data Office (fictional)", "VN"),
    ("solmaru", "Solmaru Credit Institute (fictional)", "KR"),
)
NEIGHBOURS: Final[tuple[Entry, ...]] = (
    ("sao-bien", "Sao Bien Bank (fictional)", "VN"),
    ("haedol", "Haedol Telecom Office (fictional)", "KR"),
    ("cau-vong", "Cau Vong Consumer Association (fictional)", "VN"),
    ("darae", "Darae Savings Bank (fictional)", "KR"),
)
"""Nick, name, economy. Who reads the warnings besides; the last one's node is switched off."""

KEPT = Path(".demo")
MARK = "faifo-demo"


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation. Invented, and called so wherever it is shown."""

    nick: str
    name: str
    economy: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def did(self) -> str:
        return did_of_node_url(self.url)

    @property
    def directory(self) -> Directory:
        return Directory(self.folder)


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides, who else there is, and the folders beside their nodes."""

    root: Path
    provider: Organisation
    consumer: Organisation
    neighbours: tuple[Organisation, ...] = ()

    @property
    def all(self) -> tuple[Organisation, ...]:
        return self.provider, self.consumer, *self.neighbours

    @property
    def published(self) -> Path:
        """Files that the provider may publish."""
        return self.root / "published"

    @property
    def received(self) -> Path:
        return self.root / "received"

    @property
    def service(self) -> Path:
        """The prediction service's own folder."""
        return self.root / "service"


def assemble(root: Path, *, neighbours: tuple[Entry, ...] = ()) -> Cast:
    """Make the nodes in `root`, each with its own directory, keys, settings and trust file."""
    sides = organisations(root, (*PAIR, *neighbours))
    cast = Cast(root=root, provider=sides[0], consumer=sides[1], neighbours=tuple(sides[2:]))
    for folder in (cast.published, cast.received, cast.service):
        folder.mkdir(mode=0o700)
    for table in tables.ALL:
        shutil.copyfile(table, cast.published / table.name)
    for side in sides:
        shared = cast.published if side is cast.provider else cast.received
        trusted = tuple(
            TrustedParticipant(did=other.did, name=other.nick, economy=other.economy)
            for other in sides
            if other is not side
        )
        found_node(side, settings_of(side, root=shared), trusted)
    return cast


def organisations(root: Path, entries: Sequence[Entry]) -> list[Organisation]:
    """Return organisations with a place in `root` and a free port each."""
    with free_ports(len(entries)) as ports:
        return [
            Organisation(nick=nick, name=name, economy=economy, folder=root / nick, port=port)
            for (nick, name, economy), port in zip(entries, ports, strict=True)
        ]


def settings_of(side: Organisation, *, root: Path) -> str:
    """Return the settings of a node that may publish what is below `root`."""
    return template(
        name=side.name,
        economy=side.economy,
        public_url=side.url,
        port=side.port,
        root=str(root),
        local=True,
    )


def found_node(
    side: Organisation, settings: str, trusted: tuple[TrustedParticipant, ...] = ()
) -> None:
    """Make the directory of a node, with its settings, keys and trust file."""
    directory = side.directory
    directory.path.mkdir(mode=0o700)
    directory.settings.write_text(settings, encoding="utf-8")
    make_first_keys(directory.keys)
    write_secret(directory.manage_key, ids.new_secret().encode())
    write_trust(directory.trust, trusted)


@contextmanager
def free_ports(count: int) -> Iterator[list[int]]:
    """Give ports that nobody listens on; all are held until all are known, so they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            _bind(one)
        yield [one.getsockname()[1] for one in sockets]


def make_root(*, keep: bool) -> Path:
    """Return an empty folder for the demo: a temporary one, or ./.demo to keep.

    Raises:
        ConflictError: ./.demo is somebody else's, or its nodes are still up.
        SettingsError: it cannot be made.
    """
    try:
        if not keep:
            # Its real path: the data plane wants no links on the way to a published file.
            root = Path(tempfile.mkdtemp(prefix="faifo-demo-")).resolve()
        else:
            root = KEPT.absolute()
            if root.exists():
                _clear(root)
            root.mkdir(mode=0o700)
        (root / MARK).touch()
    except OSError as error:
        raise unwritable(KEPT if keep else Path(tempfile.gettempdir()), error) from None
    return root


def _clear(root: Path) -> None:
    if not (root / MARK).is_file():
        raise ConflictError(
            what=Phrase("errors.told.demo.not-ours", root=root),
            advice=Phrase("errors.told.demo.move"),
        )
    for settings in root.glob("*/faifo.toml"):
        directory = Directory(settings.parent)
        try:
            directory.hold()
        except SettingsError:
            continue
        directory.release()
    shutil.rmtree(root)


def _bind(one: socket.socket) -> None:
    """Take a port below those that the system gives to outgoing connections.

    Until the node listens there, one of these would get in its way.
    """
    while True:
        try:
            one.bind(("127.0.0.1", random.SystemRandom().randrange(20_000, 32_000)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return
