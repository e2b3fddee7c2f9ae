"""How a node reaches out: its sessions, and under which address rules they may go where."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

from faifo.dataplane.egress import Egress, open_session
from faifo.errors import SettingsError
from faifo.node.http.manage.relay import Relay
from faifo.node.offering.running import Running
from faifo.node.outward.outgoing import Outgoing
from faifo.node.outward.resolver import WebResolver
from faifo.node.outward.sources import Sources
from faifo.node.wiring.foundation import Foundation
from faifo.phrases import Phrase


class Connections:
    """The sessions of one node, and what fetches with them.

    Raises:
        SettingsError: egress.ca_file cannot be used.
    """

    def __init__(self, ground: Foundation) -> None:
        settings = ground.settings
        egress, data = settings.egress, settings.data
        ca = _ca(ground.directory.path / egress.ca_file) if egress.ca_file else None
        self.session = open_session(
            Egress(allowed_networks=egress.allow, proxy_from_env=egress.use_proxy, ca=ca)
        )
        self.backends = open_session(Egress(allowed_networks=settings.publish.backends, ca=ca))
        self.outgoing = Outgoing(self.session, seconds=egress.timeout_seconds)
        self.relay = Relay(
            self.session,
            ground.store,
            running=Running(ground.changes),
            idle=data.idle_seconds,
            total=data.total_seconds,
        )
        self.sources = Sources(self.outgoing)
        self.resolver = WebResolver(
            self.sources,
            allow_http=settings.trust.did_web_http,
            memory=timedelta(seconds=settings.trust.document_cache_seconds),
        )

    async def close(self) -> None:
        """Close the sessions; what is under way in them breaks."""
        await self.session.close()
        await self.backends.close()


def _ca(path: Path) -> ssl.SSLContext:
    """Return a context that believes the system's authorities and those in `path`."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            what=Phrase("errors.told.egress.ca", path=path, why=error),
            expected=Phrase("errors.told.egress.pem"),
        ) from None
    return context
