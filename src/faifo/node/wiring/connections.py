"""How a node reaches out: its sessions, and under which address rules they may go where."""

from __future__ import annotations

from datetime import timedelta

from faifo.dataplane.egress import Egress, open_session
from faifo.node.http.manage.relay import Relay
from faifo.node.offering.running import Running
from faifo.node.outward.identity import of_settings
from faifo.node.outward.outgoing import Outgoing
from faifo.node.outward.resolver import WebResolver
from faifo.node.outward.sources import Sources
from faifo.node.wiring.foundation import Foundation


class Connections:
    """The sessions of one node, and what fetches with them.

    Raises:
        SettingsError: a file for TLS cannot be used.
    """

    def __init__(self, ground: Foundation) -> None:
        settings = ground.settings
        egress, data = settings.egress, settings.data
        tls = of_settings(ground.directory.path, egress)
        backends = of_settings(ground.directory.path, egress, shown=False)
        self.renewed = [one for one in (tls, backends) if one is not None]
        self.session = open_session(
            Egress(allowed_networks=egress.allow, proxy_from_env=egress.use_proxy, tls=tls)
        )
        self.backends = open_session(
            Egress(allowed_networks=settings.publish.backends, tls=backends)
        )
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
