"""People's accounts, decisions about persons, and what waits for a person."""

from __future__ import annotations

from typing import Any

from faifo import clock
from faifo.api import people as accounts_api
from faifo.api import reviews as api
from faifo.api.operation import Page
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.people.accounts import Accounts
from faifo.node.people.deciding import Booking, Deciding, about, agreed
from faifo.node.people.passkeys import forget
from faifo.node.people.reviews import Opinion, Reviews, Shown
from faifo.node.showing.answers import answer, offered
from faifo.phrases import LANGUAGES
from faifo.store.contract import Store, Transaction
from faifo.store.records import Account, PersonDecision, Review


class PeopleHandlers:
    """Serves the accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def handlers(self) -> Handlers:
        return {
            accounts_api.ADD_PERSON: self._add,
            accounts_api.LIST_PEOPLE: self._list,
            accounts_api.REMOVE_PERSON: self._remove,
            accounts_api.FORGET_PASSKEYS: self._forget,
        }

    async def _add(self, call: Call) -> Response:
        order: accounts_api.AccountOrder = call.body
        account = await self._accounts.add(order.name, order.role, order.passphrase)
        return json_response(_account(account), status=201)

    async def _list(self, call: Call) -> Response:
        async def look(tx: Transaction) -> Page[accounts_api.Account]:
            found = await tx.accounts.find(newest_first=True)
            return Page(items=tuple(map(_account, found)))

        return await call.read(look)

    async def _remove(self, call: Call) -> Response:
        async def work(tx: Transaction) -> accounts_api.Account:
            account = await self._accounts.remove(tx, call.path("name"), now=clock.now())
            return _account(account)

        return await call.write(work)

    async def _forget(self, call: Call) -> Response:
        async def work(tx: Transaction) -> accounts_api.Account:
            return _account(await forget(tx, call.path("name"), now=clock.now()))

        return await call.write(work)


class ReviewHandlers:
    """Serves the decisions about persons, and the reviews."""

    def __init__(
        self, *, root: str, store: Store, partners: Partners, deciding: Deciding, reviews: Reviews
    ) -> None:
        self._root = root
        self._store = store
        self._partners = partners
        self._deciding = deciding
        self._reviews = reviews

    def handlers(self) -> Handlers:
        return {
            api.BOOK_DECISION: self._book,
            api.LIST_DECISIONS: listing("person_decisions", _decision),
            api.LIST_REVIEWS: listing("reviews", _review),
            api.SHOW_REVIEW: self._show,
            api.DECIDE_REVIEW: self._decide,
        }

    async def _book(self, call: Call) -> Response:
        order: api.PersonDecisionOrder = call.body
        agreement = await self._store.read(lambda tx: agreed(tx, order.agreement))
        partner = await self._partners.find(agreement.provider)
        dataset, _ = await self._partners.dataset(partner, agreement.dataset)
        names = [one.name for one in self._partners.trusted() if one.did == partner.did]
        said = about(
            dataset,
            provider_name=names[0] if names else partner.did,
            title=offered(dataset).title or dataset.id,
        )
        fields = {name: getattr(order, name) for name in Booking._fields}

        async def work(tx: Transaction) -> api.BookedDecision:
            kept, secret = await self._deciding.book(tx, Booking(**fields), said, now=clock.now())
            url = f"{self._root}/p/{secret}"
            return answer(api.BookedDecision, kept, reference=secret, url=url)

        return await call.write(work, status=201)

    async def _show(self, call: Call) -> Response:
        name = call.path("id")
        shown = await self._store.read(lambda tx: self._reviews.show(tx, name, call.lang))
        return json_response(_shown(shown, call.lang))

    async def _decide(self, call: Call) -> Response:
        order: api.ReviewOrder = call.body
        opinion = Opinion(
            person=order.person,
            passphrase=order.passphrase,
            outcome=order.outcome,
            reason=order.reason,
            shown_sha256=order.shown_sha256,
            lang=order.shown_lang,
        )
        name = call.path("id")
        await self._reviews.decide(name, opinion)
        lang = order.shown_lang if order.shown_lang in LANGUAGES else call.lang
        shown = await self._store.read(lambda tx: self._reviews.show(tx, name, lang))
        return json_response(_shown(shown, lang))


def _account(account: Account) -> accounts_api.Account:
    return answer(accounts_api.Account, account, passkeys=len(account.passkeys))


async def _decision(_: Transaction, kept: PersonDecision) -> api.PersonDecision:
    return answer(api.PersonDecision, kept)


async def _review(_: Transaction, kept: Review) -> api.Review:
    return answer(api.Review, kept)


def _shown(shown: Shown, lang: str) -> api.ShownReview:
    told: dict[str, Any] = {
        "shown": shown.text,
        "shown_lang": lang,
        "shown_sha256": shown.sha256,
        "signed": shown.review.envelope,
    }
    return answer(api.ShownReview, shown.review, **told)
