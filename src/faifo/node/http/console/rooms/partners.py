"""Partners: who they are, whether the way there and back is good, credentials, the members."""

from __future__ import annotations

from typing import Final, NamedTuple

from faifo.api import authority, credentials, node, processes, reports, stops
from faifo.errors import FaifoError, NotFoundError
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.phrases import Phrase

NOWHERE: Final = "–"
SHOWN: Final = 50


class Flow(NamedTuple):
    """What goes on with the partners of one economy: what they read is of the last 31 days."""

    economy: str
    partners: int
    agreements: int
    served: int
    bytes: int


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
        "flows": await _flows(visit, found.items),
        "may_pair": visit.may(node.TRUST_PARTICIPANT),
        "held": held.items,
        "stopped": [(one, names.get(one.name, one.name)) for one in stopped.items],
        "members": members,
        "own": await visit.ask(node.GET_NODE),
    }


async def _flows(visit: Visit, partners: tuple[node.Partner, ...]) -> list[Flow]:
    read = await visit.ask(reports.GET_ACCESSES, query={"by": "partner", "limit": 1000})
    known = {one.partner: one for one in read.rows}
    of: dict[str, list[node.Partner]] = {}
    for one in partners:
        of.setdefault(one.economy or NOWHERE, []).append(one)
    flows = []
    for economy, members in sorted(of.items()):
        rows = [known[one.did] for one in members if one.did in known]
        served, size = sum(one.served for one in rows), sum(one.bytes for one in rows)
        agreed = sum(one.agreements for one in members)
        flows.append(Flow(economy, len(members), agreed, served, size))
    return flows


async def meeting(visit: Visit) -> Facts:
    """Show this node's own link, and who is behind another's."""
    facts: Facts = {"own": await visit.ask(node.INTRODUCE), "met": None}
    if link := visit.query("link"):
        try:
            facts["met"] = await visit.ask(node.INTRODUCE, query={"node": link})
        except FaifoError as error:
            visit.trouble = visit.trouble or error.sentence(visit.lang)
    return {**facts, "may_pair": visit.may(node.TRUST_PARTICIPANT)}


async def pair(visit: Visit) -> str:
    """Trust whom one has met, as it was met."""
    form = visit.form
    if form.get("sure") != "yes":
        raise IncompleteError(sure="wrong.sure")
    order: Facts = {name: form.get(name, "") for name in ("fingerprint", "name", "economy")}
    met = await visit.ask(node.TRUST_PARTICIPANT, node=visit.query("link"), **order)
    return to("partners", met.did)


async def one(visit: Visit) -> Facts:
    did = visit.path("did")
    found = await visit.ask(node.LIST_PARTNERS)
    partner = next((each for each in found.items if each.did == did), None)
    if partner is None:
        raise NotFoundError(what=Phrase("errors.told.thing.participant"), name=did)
    agreements = {
        side: await visit.ask(processes.LIST_AGREEMENTS, query={side: did, "limit": SHOWN})
        for side in ("provider", "consumer")
    }
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
