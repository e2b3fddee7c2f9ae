"""This node, whom it trusts, and what happened in it."""

from __future__ import annotations

from faifo import __version__
from faifo.api import node as api
from faifo.api.operation import Page
from faifo.node.custody.trust_file import TrustedParticipant
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.outward.sources import Sources
from faifo.node.settings.model import Settings
from faifo.node.showing.timeline import timeline
from faifo.store.contract import Store, Transaction
from faifo.store.records import OutboxRow


class NodeHandlers:
    """What this node knows, without asking anybody."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        partners: Partners,
        sources: Sources,
    ) -> None:
        self._settings = settings
        self._store = store
        self._partners = partners
        self._sources = sources

    def handlers(self) -> Handlers:
        return {
            api.GET_NODE: self._node,
            api.LIST_PARTNERS: self._list_partners,
            api.GET_TIMELINE: self._timeline,
        }

    def node(self) -> api.Node:
        """Return who this node is."""
        node = self._settings.node
        return api.Node(
            did=self._settings.did,
            name=node.name,
            economy=node.economy,
            public_url=node.public_url,
            version=__version__,
            lacking=self._sources.lacking(),
        )

    async def _node(self, _: Call) -> Response:
        return json_response(self.node())

    async def _timeline(self, call: Call) -> Response:
        lacking = self._sources.lacking()
        names = {one.did: one.name for one in self._partners.trusted()}
        return await call.read(lambda tx: timeline(tx, call.path("id"), call.lang, lacking, names))

    async def _list_partners(self, call: Call) -> Response:
        trusted = self._partners.trusted()

        async def look(tx: Transaction) -> Page[api.Partner]:
            rows = await tx.outbox.find()
            items = [await _partner(tx, one, rows, trusted=True) for one in trusted]
            if call.query.get("others") == "1":
                known = {one.did for one in trusted}
                for did in await tx.agreements.peers():
                    if did not in known:
                        one = TrustedParticipant(did=did)
                        items.append(await _partner(tx, one, rows, trusted=False))
            return Page(items=tuple(items))

        return await call.read(look)


# Of the newest processes with a partner, those that may tell when it was last heard of.
LOOKED_AT = 8


async def _partner(
    tx: Transaction, one: TrustedParticipant, outbox: list[OutboxRow], *, trusted: bool
) -> api.Partner:
    """Return what is known of a participant from the books; nobody is asked."""
    did = one.did
    contacts = []
    for table in (tx.negotiations, tx.transfers):
        newest = await table.find(peer=did, newest_first=True, limit=LOOKED_AT)
        contacts += [process.updated for process in newest if process.peer_pid]
    failing = [row for row in outbox if row.peer == did and row.attempts]
    reachable = False if failing else (True if contacts else None)
    agreements = await tx.agreements.with_peer(did)
    return api.Partner(
        did=did,
        name=one.name,
        economy=one.economy,
        trusted=trusted,
        reachable=reachable,
        why=failing[-1].last_error if failing else None,
        last_contact=max(contacts, default=None),
        agreements=agreements,
    )
