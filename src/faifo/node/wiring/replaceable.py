"""What can be replaced in a node: by the conformance kits, and by tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from faifo.node.custody.trust_file import TrustFile
from faifo.node.exchange.conduct import Conduct
from faifo.node.exchange.process_kind import Patience
from faifo.node.membership.authentication import Authenticator
from faifo.node.membership.issuing import Admission
from faifo.node.outward.resolver import WebResolver
from faifo.node.settings.model import Settings
from faifo.store.contract import Sequencer
from faifo.trust.dcp.presentation import Rules


class ReplaceableCredentials(msgspec.Struct, frozen=True):
    """What can be replaced in the roles of DCP.

    Who decides about requests, what is insisted on, how long what was proven is kept, and whether
    a query beyond its token is refused whole, and what a delivery calls its format.
    """

    admission: Admission | None = None
    rules: Rules | None = None
    memory: timedelta | None = None
    deny_beyond: bool = False
    format_name: str | None = None


class Replaceable(msgspec.Struct, frozen=True):
    """What can be replaced in a node.

    How it acts, how long it tries, whom it believes, and what is made at COMMIT.
    """

    conduct: Conduct | None = None
    authenticator: Callable[[Settings, TrustFile, WebResolver], Authenticator] | None = None
    sequencer: Sequencer | None = None
    patience: Patience | None = None
    credentials: ReplaceableCredentials = ReplaceableCredentials()
