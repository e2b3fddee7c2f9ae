"""What every part of a node stands on."""

from __future__ import annotations

import msgspec

from faifo.ledger.note import Key
from faifo.node.custody.books import Part
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.directory import Directory
from faifo.node.custody.keyring import Keyring
from faifo.node.custody.maintenance import Pause
from faifo.node.custody.room import Room
from faifo.node.delivery.changes import Changes
from faifo.node.delivery.events import Feed
from faifo.node.receipts.log import NodeLog
from faifo.node.receipts.witnessing import witness_key
from faifo.node.settings.model import Settings
from faifo.node.showing.metrics import Metrics
from faifo.node.wiring.replaceable import Replaceable
from faifo.store.contract import Store
from faifo.trust.keys import KeyPurpose


class Foundation(msgspec.Struct, frozen=True, kw_only=True):
    """The directory, what is read from it, the open store, and who is told of changes.

    `keyring` is what the node signs with since its start, `keys` what is in its directory now.
    """

    directory: Directory
    settings: Settings
    store: Store
    keyring: Keyring
    keys: CurrentKeys
    parts: Replaceable
    changes: Changes
    feed: Feed
    metrics: Metrics
    log: NodeLog
    pause: Pause
    room: Room
    part: Part

    @property
    def witness(self) -> Key:
        return witness_key(self.log, self.keyring.signing(KeyPurpose.WITNESS))

    @property
    def did(self) -> str:
        return self.settings.did

    @property
    def root(self) -> str:
        """The public URL, without a last slash."""
        return self.settings.node.public_url.rstrip("/")
