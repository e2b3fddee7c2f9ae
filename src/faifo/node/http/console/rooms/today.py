"""Today, what waits for a person, and the search over everything."""

from __future__ import annotations

from typing import Final

from faifo.api import datasets, node, people, reviews, status
from faifo.api import today as api
from faifo.errors import FaifoError
from faifo.machines.role import Role
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.store.records import PersonRole

PASSKEY: Final = ("challenge", "passkey", "own_passphrase")


async def today(visit: Visit) -> Facts:
    stands = await visit.ask(status.GET_STATUS)
    return {
        "found": await visit.ask(api.GET_TODAY),
        "listed": api.LISTED,
        "stands": stands,
        "groups": status.GROUPS,
        "days": [(one.day, one.served) for one in stands.flows],
    }


async def review(visit: Visit) -> Facts:
    shown = await visit.ask(reviews.SHOW_REVIEW, visit.path("id"))
    return {"shown": shown, "may_decide": visit.may(reviews.DECIDE_REVIEW)}


async def decide(visit: Visit) -> str:
    """Take a person's decision; it is signed in the language in which it was read."""
    name, form = visit.path("id"), visit.form
    wanted = ("outcome", "reason", "person", "passphrase")
    if empty := [one for one in wanted if not form.get(one)]:
        raise IncompleteError(**dict.fromkeys(empty, "wrong.empty"))
    members: Facts = {
        one: form[one] for one in (*wanted, "shown_sha256", "shown_lang") if one in form
    }
    await visit.ask(reviews.DECIDE_REVIEW, name, **members)
    return to("reviews", name)


async def search(visit: Visit) -> Facts:
    """Look in what is published, in the partners' names, and for an id."""
    words = visit.query("q")
    found: Facts = {"words": words, "datasets": (), "partners": (), "thing": None}
    if not words:
        return found
    asked = {"search": words[:200], "limit": 20}
    found["datasets"] = (await visit.ask(datasets.LIST_DATASETS, query=asked)).items
    known = (await visit.ask(node.LIST_PARTNERS)).items
    low = words.casefold()
    found["partners"] = [one for one in known if low in f"{one.name} {one.did}".casefold()]
    try:
        found["thing"] = await visit.ask(node.GET_TIMELINE, words)
    except FaifoError:
        found["thing"] = None
    return found


async def accounts(visit: Visit) -> Facts:
    found = await visit.ask(people.LIST_PEOPLE)
    asked, challenge = await visit.passkeys.asked() if visit.passkeys else ("", "")
    return {
        "passkey": asked,
        "challenge": challenge,
        "people": [one for one in found.items if one.removed is None],
        "may_change": visit.may(people.ADD_PERSON),
        "roles": tuple(PersonRole),
    }


async def change_accounts(visit: Visit) -> str:
    """Add an account or close one, add a passkey to one's own, or forget somebody's."""
    form = visit.form
    if form.get("do") == "passkey" and visit.passkeys:
        await visit.passkeys.add(*(form.get(one, "") for one in PASSKEY))
        return to("people")
    if form.get("do") == "forget":
        await visit.ask(people.FORGET_PASSKEYS, form.get("name", ""))
        return to("people")
    if form.get("do") == "remove":
        await visit.ask(people.REMOVE_PERSON, form.get("name", ""))
        return to("people")
    wrong = {}
    if not form.get("name"):
        wrong["name"] = "wrong.empty"
    if form.get("role") not in set(PersonRole):
        wrong["role"] = "wrong.choose"
    if len(form.get("passphrase", "")) < people.SHORTEST_PASSPHRASE:
        wrong["passphrase"] = "wrong.passphrase"  # noqa: S105 - a phrase
    elif form.get("passphrase") != form.get("again"):
        wrong["again"] = "wrong.again"
    if wrong:
        raise IncompleteError(**wrong)
    members: Facts = {one: form[one] for one in ("name", "role", "passphrase")}
    await visit.ask(people.ADD_PERSON, **members)
    return to("people")


async def parts(visit: Visit) -> Facts:
    """Show each part of a page in each of its states."""
    visit.wrong = {"wrong": visit.say("wrong.empty")}
    return {"kinds": tuple(Role)}
