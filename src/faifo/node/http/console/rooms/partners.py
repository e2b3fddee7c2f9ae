"""Partners: who they are, whether the way there and back is good, credentials, the members."""

from __future__ import annotations

from faifo.api import authority, credentials, node, processes, stops
from faifo.errors import FaifoError, NotFoundError
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.phrases import Phrase


async def overview(visit: Visit) -> Facts:
    found = await visit.ask(node.LIST_PARTNERS)
    held = await visit.ask(credentials.LIST_CREDENTIALS)
    stopped = await visit.ask(stops.LIST_STOPS)
    try:
        members = (await visit.ask(authority.LIST_MEMBERS)).items
    except NotFoundError:  # this node is no authority
        members = None
    names = {one.did: one.name or one.did for one in found.items}
    return {
        "partners": found.items,
        "held": held.items,
        "stopped": [(one, names.get(one.name, one.name)) for one in stopped.items],
        "members": members,
        "own": await visit.ask(node.GET_NODE),
    }


async def one(visit: Visit) -> Facts:
    did = visit.path("did")
    found = await visit.ask(node.LIST_PARTNERS)
    partner = next((each for each in found.items if each.did == did), None)
    if partner is None:
        raise NotFoundError(what=Phrase("errors.told.thing.participant"), name=did)
    agreements: list[processes.Agreement] = []
    for side in ("provider", "consumer"):
        asked = {side: did, "limit": 50}
        agreements += (await visit.ask(processes.LIST_AGREEMENTS, query=asked)).items
    stopped = [each for each in (await visit.ask(stops.LIST_STOPS)).items if each.name == did]
    probe: node.Probe | None = None
    if visit.query("test"):
        try:
            probe = await visit.ask(node.ASK_PROBE, node=did)
        except FaifoError as error:  # what is known of it is shown all the same
            visit.trouble = visit.trouble or error.sentence(visit.lang)
    return {
        "partner": partner,
        "agreements": agreements,
        "stopped": stopped[0] if stopped else None,
        "probe": probe,
        "may_stop": visit.may(stops.STOP),
    }


async def act(visit: Visit) -> str:
    """Stop a partner, or lift that."""
    did, form = visit.path("did"), visit.form
    if form.get("do") == "lift":
        await visit.ask(stops.LIFT_STOP, "partner", did)
        return to("partners", did)
    if form.get("sure") != "yes":
        raise IncompleteError(sure="wrong.sure")
    await visit.ask(stops.STOP, kind="partner", name=did, reason=form.get("reason", ""))
    return to("partners", did)
