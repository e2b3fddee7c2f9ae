"""Two invented authorities and a member of each, as nodes that believe credentials only."""

from __future__ import annotations

from pathlib import Path

import msgspec

from faifo import ids
from faifo.demo.cast import Organisation, free_ports
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer, write_trust
from faifo.node.membership.authority import write_programme
from faifo.node.settings.model import template

MEMBERSHIP = "MembershipCredential"


class Economies(msgspec.Struct, frozen=True, kw_only=True):
    """The authority of each economy, and a member of each."""

    host: Organisation
    guest: Organisation
    provider: Organisation
    consumer: Organisation

    @property
    def all(self) -> tuple[Organisation, ...]:
        return self.host, self.guest, self.provider, self.consumer


def found(root: Path, *, cache_seconds: int) -> Economies:
    """Make the four nodes in `root`; what they look up they keep for `cache_seconds`."""
    with free_ports(4) as ports:
        sides = [
            Organisation(nick=nick, name=name, economy=economy, folder=root / nick, port=port)
            for (nick, name, economy), port in zip(
                (
                    ("song-han", "Song Han Data Authority (fictional)", "VN"),
                    ("cerro-azul", "Cerro Azul Data Authority (fictional)", "CL"),
                    ("my-son", "My Son Statistics House (fictional)", "VN"),
                    ("isla-verde", "Isla Verde Institute (fictional)", "CL"),
                ),
                ports,
                strict=True,
            )
        ]
    host, guest, provider, consumer = sides
    _make(host, cache_seconds=cache_seconds, authority=True)
    _make(guest, cache_seconds=cache_seconds, authority=True)
    _make(provider, cache_seconds=cache_seconds, believes=host)
    _make(consumer, cache_seconds=cache_seconds, believes=guest)
    return Economies(host=host, guest=guest, provider=provider, consumer=consumer)


def _make(
    side: Organisation,
    *,
    cache_seconds: int,
    authority: bool = False,
    believes: Organisation | None = None,
) -> None:
    directory = side.directory
    directory.path.mkdir(mode=0o700)
    text = template(
        name=side.name,
        economy=side.economy,
        public_url=side.url,
        port=side.port,
        root=str(side.folder.parent),
        local=True,
    )
    trust = f'[trust]\nmode = "credentials"\nfailure_cache_seconds = {cache_seconds}\n'
    text = text.replace("[trust]\n", trust)
    text += f"\n[credentials]\nissuer = {str(authority).lower()}\n"
    for name in ("presentation_cache_seconds", "status_cache_seconds", "watch_seconds"):
        text += f"{name} = {cache_seconds}\n"
    directory.settings.write_text(text, encoding="utf-8")
    make_first_keys(directory.keys)
    write_secret(directory.manage_key, ids.new_secret().encode())
    write_trust(directory.trust, ())
    if authority:
        write_programme(side.folder, name=side.name, economy=side.economy)
    if believes:
        issuer = TrustedIssuer(
            did=believes.did, types=(MEMBERSHIP,), recognises=True, name=believes.name
        )
        add_issuer(directory.trust, issuer)
