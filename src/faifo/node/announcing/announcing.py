"""All about notices of one node, put together: who sends, takes, counts and reports."""

from __future__ import annotations

from faifo.node.announcing import wire
from faifo.node.announcing.counting import Counting, NoticeSender
from faifo.node.announcing.effects import Effects
from faifo.node.announcing.hearing import Hearing
from faifo.node.announcing.held import HeldNotices
from faifo.node.announcing.reporting import Reporting
from faifo.node.announcing.saying import Saying
from faifo.node.announcing.sending import DEADLINE, Sending
from faifo.node.announcing.taking import Taking
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.delivery.outbox import Outbox, Outcomes, Poster
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.ending import Ending
from faifo.node.outward.partners import Partners
from faifo.node.outward.resolver import Resolver
from faifo.node.people.reviews import Reviews
from faifo.node.settings.model import NoticeSettings
from faifo.store.contract import Store


class Announcing:
    """The use cases by who has them; the outbox gets the rest."""

    def __init__(
        self,
        *,
        did: str,
        settings: NoticeSettings,
        store: Store,
        keys: CurrentKeys,
        outbox: Outbox,
        timers: Timers,
        ending: Ending,
        partners: Partners,
        resolver: Resolver,
        reviews: Reviews,
    ) -> None:
        self._counting = Counting(did=did)
        self._sender = NoticeSender(partners, resolver)
        effects = Effects(did=did, ending=ending)
        held = HeldNotices(reviews, effects)
        self.reporting = Reporting(store=store, held=held, limits=settings)
        self.sending = Sending(
            did=did,
            store=store,
            keys=keys,
            outbox=outbox,
            timers=timers,
            effects=effects,
        )
        self.hearing = Hearing(
            store=store, resolver=resolver, sending=self.sending, counting=self._counting
        )
        self.saying = Saying(did=did, store=store, keys=keys, outbox=outbox)
        self.taking = Taking(
            did=did,
            store=store,
            keys=keys,
            resolver=resolver,
            effects=effects,
            held=held,
            sending=self.sending,
            at_once=settings.acknowledge == "node",
        )
        timers.handle(DEADLINE, self._counting.deadline)

    @property
    def outcomes(self) -> dict[str, Outcomes]:
        """Who takes what becomes of rows, by their kind."""
        return {wire.NOTICE: self._counting, wire.WORD: self._counting}

    @property
    def senders(self) -> dict[str, Poster]:
        """Who sends rows that do not go as a protocol message does."""
        return {wire.NOTICE: self._sender}
