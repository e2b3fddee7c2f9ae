"""`faifo init`: a new node's directory, with nothing asked that can be found out."""

from __future__ import annotations

import shlex
import socket
from pathlib import Path
from urllib.parse import urlsplit

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.errors import ConflictError, FaifoError, SettingsError, StorageError
from faifo.phrases import Phrase

FIRST_PORT = 8080
PORTS = 100
LOCAL_HOSTS = ("localhost",)


@verb(
    "init",
    example="faifo init vietnam --name 'Tay Do Rice' --economy VN --port 8081",
    short_help="Make a new node.",
)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="What people call the node (default: the directory's name).")
@click.option("--economy", default="", help="The economy it belongs to, such as VN.")
@click.option("--public-url", help="Where others reach it (default: http://localhost:PORT).")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where it listens (default: from 8080)."
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Whoever has the management key may publish files below this folder (default: none).",
)
def command(
    choices: Choices,
    directory: Path,
    name: str | None,
    economy: str,
    public_url: str | None,
    port: int | None,
    root: Path | None,
) -> None:
    """Make a node in DIRECTORY: settings, keys, database.

    Without --public-url the node is for one machine, at http://localhost:PORT.
    """
    from faifo.node.custody.making import make_node
    from faifo.node.settings.model import template

    path = directory.absolute()
    _check_free(path)
    port = port or _port_in(public_url) or _free_port()
    url = (public_url or f"http://localhost:{port}").rstrip("/")
    url, did, local = check_url(url)
    text = template(
        name=name or path.resolve().name,
        economy=economy.upper(),
        public_url=url,
        port=port,
        root=str(root.absolute()) if root else None,
        local=local,
    )
    make_node(path, text)
    record = {"did": did, "directory": str(path), "public_url": url, "port": port}
    place = shlex.quote(str(path.absolute()))
    said = choices.say("init.done", directory=directory, did=did, place=place)
    result(choices, record, said.splitlines())


def _check_free(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise ConflictError(
            what=Phrase("errors.told.init.file", path=str(path)),
            advice=Phrase("errors.told.init.another"),
        )
    try:
        first = next(path.iterdir(), None)
    except OSError as error:
        raise StorageError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error.strerror)
        ) from None
    if first is not None:
        what = "a-node" if (path / "faifo.toml").exists() else "not-empty"
        raise ConflictError(
            what=Phrase(f"errors.told.init.{what}", path=path),
            advice=Phrase("errors.told.init.another"),
        )


def check_url(url: str) -> tuple[str, str, bool]:
    """Return how `url` is usually spelt, its node's DID, and whether it is of this machine only."""
    from faifo.trust.did import did_of_node_url, node_url

    try:
        url = node_url(url)
        did = did_of_node_url(url)
        parts = urlsplit(url)
    except (FaifoError, ValueError):
        raise SettingsError(
            what=Phrase("errors.told.init.url", url=url),
            expected=Phrase("errors.told.init.host"),
        ) from None
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    if parts.scheme == "http" and not local:
        raise SettingsError(
            what=Phrase("errors.told.init.plain", url=url),
            expected=Phrase("errors.told.init.https"),
        )
    return url, did, local


def _port_in(url: str | None) -> int | None:
    try:
        parts = urlsplit(url or "")
        return parts.port if parts.scheme == "http" else None
    except ValueError:
        return None


def _free_port() -> int:
    """Return the first port from 8080 on that nothing listens on now."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return FIRST_PORT
