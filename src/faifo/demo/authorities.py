"""Two invented authorities and a member of each, as nodes that believe credentials only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from faifo.demo.cast import Entry, Organisation, found_node, organisations, settings_of
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer
from faifo.node.membership.authority import write_programme

MEMBERSHIP = "MembershipCredential"
ENTRIES: Final[tuple[Entry, ...]] = (
    ("song-han", "Song Han Data Authority (fictional)", "VN"),
    ("cerro-azul", "Cerro Azul Data Authority (fictional)", "CL"),
    ("my-son", "My Son Statistics House (fictional)", "VN"),
    ("isla-verde", "Isla Verde Institute (fictional)", "CL"),
)


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
    host, guest, provider, consumer = organisations(root, ENTRIES)
    for side, believed in ((host, None), (guest, None), (provider, host), (consumer, guest)):
        found_node(side, settings(side, cache_seconds=cache_seconds, authority=not believed))
        if believed:
            issuer = TrustedIssuer(
                did=believed.did, types=(MEMBERSHIP,), recognises=True, name=believed.name
            )
            add_issuer(side.directory.trust, issuer)
        else:
            write_programme(side.folder, name=side.name, economy=side.economy)
    return Economies(host=host, guest=guest, provider=provider, consumer=consumer)


def settings(side: Organisation, *, cache_seconds: int, authority: bool) -> str:
    """Return the settings of a node that believes credentials only."""
    text = settings_of(side, root=side.folder.parent)
    trust = f'[trust]\nmode = "credentials"\nfailure_cache_seconds = {cache_seconds}\n'
    text = text.replace("[trust]\n", trust)
    text += f"\n[credentials]\nissuer = {str(authority).lower()}\n"
    for name in ("presentation_cache_seconds", "status_cache_seconds", "watch_seconds"):
        text += f"{name} = {cache_seconds}\n"
    return text
