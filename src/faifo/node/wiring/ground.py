"""What every part of a node stands on."""

from __future__ import annotations

import msgspec

from faifo.node.changes import Changes
from faifo.node.current_keys import CurrentKeys
from faifo.node.directory import Directory
from faifo.node.events import Feed
from faifo.node.keyring import Keyring
from faifo.node.metrics import Metrics
from faifo.node.settings import Settings
from faifo.node.wiring.parts import Parts
from faifo.store.contract import Store


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """The directory, what is read from it, the open store, and who is told of changes.

    `keyring` is what the node signs with since its start, `keys` what is in its directory now.
    """

    directory: Directory
    settings: Settings
    store: Store
    keyring: Keyring
    keys: CurrentKeys
    parts: Parts
    changes: Changes
    feed: Feed
    metrics: Metrics

    @property
    def did(self) -> str:
        return self.settings.did

    @property
    def root(self) -> str:
        """The public URL, without a last slash."""
        return self.settings.node.public_url.rstrip("/")
