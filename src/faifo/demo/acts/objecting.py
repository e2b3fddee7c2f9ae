"""The applicant objects on a page without account; a person reverses the decision, and signs it."""

from __future__ import annotations

import shlex
from html import unescape
from urllib.parse import urlencode, urlsplit

from faifo import ids
from faifo.ai.oversight import verify_together
from faifo.api.reviews import PersonDecision, Review
from faifo.demo import loan_model, tables
from faifo.demo.acts.predicting import APPLICANT
from faifo.demo.stage import Stage, get, send, settled
from faifo.trust.did_document import ASSERTION_METHOD, read_did_document

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UPHELD = "uphold"


async def play(stage: Stage) -> None:
    stage.tell.act("objecting")
    await _object(stage)
    (review,) = [one async for one in stage.consumer.reviews(state="open")]
    await _decide(stage, review)
    await _told(stage)


def _page(stage: Stage) -> tuple[str, str]:
    """Return the address of the node, and the page on it, as a browser asks for it."""
    parts = urlsplit(stage.booked.url)
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path}?lang={stage.tell.lang}"


async def _object(stage: Stage) -> None:
    """Read the page and send its form, as a browser without script does."""
    tell, (node, page) = stage.tell, _page(stage)
    said = {"kind": "objection", "text": tell.phrase("objecting.text"), "lang": tell.lang}
    with tell.step("objecting.objected", url=stage.booked.url) as facts:
        status, body = await get(node, page, {})
        stage.ensure(status == 200 and b"<form" in body, "page-there", status)
        stage.ensure(b"<script" not in body, "page-without-script", "a script")
        facts["size"] = tell.size(len(body))
        status, body = await send("POST", node, page, FORM, urlencode(said).encode())
        stage.ensure(status == 303, "objection-taken", f"{status} {body[:200]!r}")
    tell.quote(said["text"])


async def _decide(stage: Stage, review: Review) -> None:
    """A person sees what the applicant sees, and decides with a key of their own."""
    tell, node, nick = stage.tell, stage.consumer, stage.cast.consumer.nick
    person, passphrase = tell.phrase("deciding.officer"), ids.new_secret()
    # With what is now verified the very same model says otherwise.
    own = loan_model.fit(tables.loan_applications()).approval(APPLICANT)
    stage.ensure(own >= 0.5, "applicant-approved", own)
    with tell.step("objecting.decided", person=person) as facts:
        account = await node.add_person(person, "approver", passphrase)
        shown = await node.show_review(review.id, tell.lang)
        stage.ensure(tell.phrase("objecting.text") in shown.shown, "review-shows", shown.shown)
        done = await node.decide_review(
            review.id,
            person=person,
            passphrase=passphrase,
            outcome=UPHELD,
            reason=tell.phrase("objecting.why"),
            shown=shown,
        )
        facts["chance"] = tell.number(100 * own, digits=1)
    signed = await _proven(stage, done.signed.encode())
    stage.ensure(signed == (account.id, shown.shown_sha256), "signed-by-both", done.signed)
    name, why = shlex.quote(person), shlex.quote(tell.phrase("objecting.why"))
    tell.typed(f"people add {name} --role approver --dir {nick}")
    tell.typed(f"review decide {review.id} --person {name} --uphold --reason {why} --dir {nick}")


async def _proven(stage: Stage, signed: bytes) -> tuple[str, str]:
    """Prove the decision as anybody could; return the person's key, and what was signed."""
    consumer = stage.cast.consumer
    _, body = await get(consumer.url, "/.well-known/did.json", {})
    document = read_did_document(body, did=consumer.did)
    found = verify_together(signed, lambda key: document.method(key, ASSERTION_METHOD))
    return found.person.key_id.rpartition("#")[2], found.shown_sha256


async def _told(stage: Stage) -> None:
    """The page says so, and the provider of the model has it in its book."""
    tell, (node, page) = stage.tell, _page(stage)
    with tell.step("objecting.told"):
        decision = await settled(lambda: _booked(stage), lambda one: one.told_at)
        stage.ensure(decision.told_at is not None, "partner-told", decision.trouble)
        timeline = await stage.provider.timeline(decision.agreement)
        events = [entry.code for entry in timeline.entries if entry.kind == "event"]
        stage.ensure("reversal-came" in events, "partner-told", events)
        private = (tell.phrase("objecting.text"), tell.phrase("deciding.officer"))
        told = str(timeline)
        stage.ensure(not any(text in told for text in private), "person-unnamed", private)
        _, body = await get(node, page, {})
        stage.ensure(tell.phrase("objecting.why") in unescape(body.decode()), "page-says-so", "")
    tell.typed(f"show {decision.agreement} --dir {stage.cast.provider.nick}")


async def _booked(stage: Stage) -> PersonDecision:
    found = [one async for one in stage.consumer.person_decisions()]
    return next(one for one in found if one.id == stage.booked.id)
