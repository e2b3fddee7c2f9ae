"""`faifo policy`: packs of terms with their laws, and what terms would allow before they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from faifo import clock
from faifo.cli.access import run
from faifo.cli.choices import Choices, family
from faifo.cli.offers import terms_of
from faifo.cli.output import line_of, result
from faifo.phrases import spoken, written
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.datasets import Judged, Visibility
    from faifo.api.dues import Due
    from faifo.api.processes import Agreement
    from faifo.packs.clause import Clause, Header
    from faifo.policy.decision import Reason


@family(
    "policy",
    example="faifo policy list\n"
    "faifo policy explain viet-nam-transfer\n"
    "faifo policy test terms.yaml --as peru --purpose research",
    short_help="Terms, packs of terms, and the laws behind them.",
)
def command() -> None:
    """Terms in plain form, packs that name law and article, and what a partner would be allowed."""


@command.verb("list", example="faifo policy list", short_help="List the packs.")
def packs(choices: Choices) -> None:
    """List the packs of terms, and those for AI evidence. No node is needed."""
    found = [_opened(name) for name in _names()]
    lines = [f"{name:24} {written(pack.title, choices.lang)}" for name, pack in found]
    result(choices, [{"name": name, "title": pack.title} for name, pack in found], lines)


@command.verb(
    "explain",
    example="faifo policy explain viet-nam-transfer\nfaifo policy explain own.toml --lang vi",
    short_help="Show the clauses of a pack.",
)
@click.argument("pack", metavar="PACK")
def explain(choices: Choices, pack: str) -> None:
    """Show each clause of PACK, a name or a TOML file: its law, article, date, how sure they are.

    A pack states no conformity with any text. No node is needed.
    """
    _, opened = _opened(pack)
    result(choices, msgspec.to_builtins(opened), _explained(choices, opened))


@command.verb(
    "test",
    example="faifo policy test terms.yaml --as peru\n"
    "faifo policy test terms.yaml --pack viet-nam-transfer --as peru --purpose research",
    short_help="What terms would allow a partner.",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="TERMS")
@click.option("--as", "partner", metavar="PARTNER", help="A DID, a URL or a name (default: all).")
@click.option("--purpose", help="For this purpose alone.")
@click.option("--action", default="use", show_default=True, help="What is to be done with it.")
@click.option("--pack", "given", multiple=True, help="A pack whose clauses are added.")
def test(
    choices: Choices,
    file: Path,
    partner: str | None,
    purpose: str | None,
    action: str,
    given: tuple[str, ...],
) -> None:
    """Decide as if TERMS (YAML, or ODRL in .json) were published: what is allowed, what is missing.

    Nothing is published. What may be told to a partner stands below. The node need not be
    running.
    """
    from faifo.api.datasets import Trial
    from faifo.policy.actions import named

    policy = policy_in(file, given)
    trial = Trial(policy=policy, participant=partner, purpose=purpose, action=named(action))
    tried = run(choices, lambda client: client.try_terms(trial), stopped=True)
    lines = [terms_of(choices, policy)]
    for seen in tried.partners:
        lines += ["", line_of(seen.name or seen.participant), *judged_lines(choices, seen)]
    result(choices, tried, lines)


@command.verb(
    "odrl",
    example="faifo policy odrl terms.yaml > terms.json\nfaifo policy odrl terms.json",
    short_help="Turn plain terms into ODRL, and back.",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="TERMS")
@click.option("--pack", "given", multiple=True, help="A pack whose clauses are added.")
def odrl(choices: Choices, file: Path, given: tuple[str, ...]) -> None:
    """Print the ODRL policy that TERMS (YAML) say; of a .json with a policy, the plain terms.

    No node is needed.
    """
    from faifo.policy.plain import plain_of
    from faifo.policy.plain_text import write_plain
    from faifo.policy.spelling import for_the_wire

    policy = policy_in(file, given)
    plain = plain_of(policy) if file.suffix == ".json" else None
    if plain is None or choices.json:
        told = msgspec.json.encode(for_the_wire(policy))
        click.echo(msgspec.json.format(told, indent=2).decode())
    else:
        click.echo(write_plain(plain), nl=False)


@command.verb("due", example="faifo policy due", short_help="What must be done by a day.")
def due(choices: Choices) -> None:
    """List duties of agreements and dossiers of transfers abroad, with their last day.

    What is overdue is shown as such. Nothing here does it by itself. The node need not be running.
    """
    found = run(choices, lambda client: client.dues(), stopped=True)
    lines = [_due_line(choices, one) for one in sorted(found, key=_day)]
    result(choices, found, lines or [choices.say("policy.due.none")])


@command.verb(
    "done",
    example="faifo policy done 'urn:uuid:019aab3c-0000-7000-8000-000000000000#dossier' "
    "--note 'filed, receipt 123'",
    short_help="Say that a duty or a dossier is done.",
)
@click.argument("name", metavar="ID")
@click.option("--note", default="", help="How it was done; kept in the books.")
def done(choices: Choices, name: str, note: str) -> None:
    """Keep that the duty or dossier of this ID was done; the node need not be running."""
    kept = run(choices, lambda client: client.due_done(name, note), stopped=True)
    result(choices, kept, [choices.say("policy.due.done", id=kept.id)])


@command.verb(
    "dossier",
    example="faifo policy dossier 'urn:uuid:019aab3c-0000-7000-8000-000000000000#dossier'\n"
    "faifo policy dossier ID --json > dossier.json",
    short_help="Export the record of a dossier.",
)
@click.argument("name", metavar="ID")
def dossier(choices: Choices, name: str) -> None:
    """Print what the node knows for the dossier of this ID: parties, counts, class, dates, clauses.

    It is no form of an authority: the form is filled in and filed by people. The node need not be
    running.
    """
    from faifo.errors import NotFoundError
    from faifo.phrases import Phrase

    found = run(choices, lambda client: client.dues(), stopped=True)
    kept = next((one for one in found if one.id == name and one.kind == "dossier"), None)
    if kept is None:
        raise NotFoundError(what=Phrase("errors.told.thing.due"), name=name)
    agreement = run(choices, lambda client: client.agreement(kept.agreement), stopped=True)
    packs_of = [_opened(one)[1] for one in kept.detail.get("packs", ()) if one in _names()]
    record = {"dossier": kept, "agreement": agreement, "packs": packs_of}
    result(choices, record, _dossier_lines(choices, kept, agreement, packs_of))


def _dossier_lines(
    choices: Choices, kept: Due, agreement: Agreement, packs_of: list[Header]
) -> Iterator[str]:
    def said(name: str, **facts: object) -> str:
        return choices.say(f"policy.dossier.{name}", **facts)

    detail = kept.detail
    unsaid = said("unsaid")
    yield said("title", id=kept.id)
    parties = {"provider": agreement.provider, "consumer": agreement.consumer}
    yield said("from", economy=detail.get("to") or unsaid, **parties)
    citizens = detail.get("citizens")
    yield said(
        "class",
        citizens=unsaid if citizens is None else f"{citizens:,}",
        sensitive=said("yes" if detail.get("sensitive") else "no"),
        kind=said(detail["class"]) if "class" in detail else unsaid,
    )
    yield said("clock", first=detail.get("first_transfer"), due=moment(kept.due))
    for pack in packs_of:
        yield ""
        yield from _explained(choices, pack)


def _day(one: Due) -> tuple[bool, str]:
    return one.done is not None, one.due.isoformat() if one.due else "~"


def _due_line(choices: Choices, one: Due) -> str:
    from faifo.policy.wording import action_of

    state = "overdue" if one.overdue else "open"
    if one.done:
        state = "signed" if one.signed else "over"
    return choices.say(
        "policy.due.line",
        due=moment(one.due) or choices.say("policy.due.never"),
        state=choices.say(f"policy.due.{state}"),
        action=spoken(action_of(one.action), choices.lang),
        peer=line_of(one.peer),
        id=line_of(one.id),
    )


def policy_in(
    file: Path | None, given: tuple[str, ...], *, base: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the policy in a file, else `base` or one to use, with what packs add to it.

    Raises:
        SettingsError: it cannot be read, is of another form, or cannot be enforced here.
        NotFoundError: there is no such pack.
    """
    from faifo.errors import MalformedMessageError
    from faifo.messages.dsp_2025_1 import equal_forms
    from faifo.messages.dsp_2025_1.terms import Terms
    from faifo.packs.terms import open_pack, with_packs
    from faifo.phrases import Phrase
    from faifo.policy.plain import policy_of, wrong
    from faifo.policy.plain_text import MAX_BYTES, read_plain
    from faifo.policy.terms import unenforceable

    policy = base or policy_of({})
    if file is not None:
        try:
            with file.open("rb") as opened:
                text = opened.read(MAX_BYTES + 1).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise wrong(str(file), getattr(error, "strerror", None) or "UTF-8") from None
        if file.suffix == ".json":
            try:
                found = equal_forms.root(text.encode())
            except MalformedMessageError as error:
                raise wrong(str(file), error.said()) from None
            policy = equal_forms.policy(found, Terms(found.pop("@context", None)))
            policy.pop("@context", None)
        else:
            policy = policy_of(read_plain(text))
    policy = with_packs(policy, tuple(map(open_pack, given)), on=clock.now().date())
    why = unenforceable(policy)
    if why:
        raise wrong(why[0], Phrase(f"policy.{why[1].code}.fails", **why[1].facts))
    return policy


def judged_lines(choices: Choices, seen: Visibility) -> Iterator[str]:
    """Say for each purpose what is decided, with the whole tree, and what may be told of it."""
    from faifo.policy.explain import shareable

    if not seen.trusted:
        yield choices.say("show.untrusted", participant=seen.participant)
    for judged in seen.judged:
        reason = reason_of(judged)
        if judged.purpose is not None:
            yield choices.say("show.purpose", purpose=judged.purpose)
        yield choices.say("policy.permitted" if judged.permitted else "policy.refused")
        yield from tree(choices, reason, 1)
        yield choices.say("policy.shared")
        yield from (f"  {line_of(text)}" for text in shareable(reason, choices.lang))


def tree(choices: Choices, reason: Reason, depth: int, *, forbids: bool = False) -> list[str]:
    """Return a tree of reasons as lines."""
    from faifo.policy.explain import below, sentence

    mark, text = "+" if reason.holds else "-", sentence(reason, choices.lang, forbids=forbids)
    lines = [f"{'  ' * depth}{mark} {line_of(text)}"]
    for one, part in below(reason, forbids=forbids):
        lines += tree(choices, one, depth + 1, forbids=part)
    return lines


def reason_of(judged: Judged) -> Reason:
    """Return the tree of reasons of a decision."""
    from faifo.policy.decision import Reason

    return msgspec.convert(judged.reason, Reason)


def _names() -> list[str]:
    from faifo.ai.packs import names as of_evidence
    from faifo.packs.terms import names

    return [*names(), *(f"ai/{name}" for name in of_evidence())]


def _opened(name: str) -> tuple[str, Header]:
    from faifo.ai.packs import open_pack as of_evidence
    from faifo.packs.terms import open_pack

    if name.startswith("ai/"):
        return name, of_evidence(name.removeprefix("ai/"))
    return name, open_pack(name)


def _explained(choices: Choices, pack: Header) -> Iterator[str]:
    lang = choices.lang
    yield f"{written(pack.title, lang)} ({pack.id}, {pack.version})"
    yield written(pack.note, lang)
    for section in pack.sections():
        for clause in section:
            yield from _clause(choices, clause)
    numbers = getattr(pack, "numbers", None)
    if numbers:
        yield from ("", choices.say("policy.numbers", by=written(numbers.by, lang)))
        for clause in numbers.limits:
            yield f"  {clause.id}: {written(clause.text, lang)}"
    lawyer: tuple[dict[str, str], ...] = getattr(pack, "lawyer", ())
    if lawyer:
        yield ""
        yield choices.say("policy.lawyer")
        yield from (f"  - {written(text, lang)}" for text in lawyer)


def _clause(choices: Choices, clause: Clause) -> Iterator[str]:
    yield from ("", f"{clause.id}: {written(clause.text, choices.lang)}")
    source = getattr(clause, "source", "")
    if clause.law:
        since, law = clause.in_force, clause.cited_in(choices.lang)
        law = choices.say("policy.law", law=law, since=since) if since else law
        checked = clause.checked_on.isoformat() if clause.checked_on else "?"
        yield "  " + law
        yield "  " + choices.say(f"policy.certainty.{clause.certainty}", at=checked)
    else:
        yield "  " + (source or choices.say("policy.own"))
    yield "  " + choices.say(f"policy.status.{clause.stands}")
