"""`faifo ai decide`: judge a passport by a policy pack, and sign what was decided."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from faifo import clock, ids
from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.cli.files import FILE, read, write, write_all
from faifo.cli.output import result
from faifo.cli.verbs.ai.passport import digests
from faifo.cli.verbs.ai.signing import key_finder, signing_key
from faifo.errors import NotProvenError, SettingsError
from faifo.phrases import Phrase, say, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from faifo.ai.decision.records import Recognition


@verb(
    "decide",
    example="faifo ai decide loan.passport.json --pack asean --did-document provider.did.json \\\n"
    "    --out loan.decision.json",
    short_help="Judge a passport by a policy pack.",
)
@click.argument("file", type=FILE)
@click.option("--pack", default="asean", show_default=True, help="A pack's name or a TOML file.")
@click.option("--did-document", "documents", type=FILE, multiple=True, required=True,
              help="The DID document of an issuer that you vouch for; several times.")  # fmt: skip
@click.option("--artefact", "artefacts", type=FILE, multiple=True, help="A file that came with it.")
@click.option("--withdrawal", "withdrawals", type=FILE, multiple=True, help="Several times.")
@click.option("--counts", type=FILE, multiple=True, help="A file of counts that it names.")
@click.option("--recognition", "recognitions", type=FILE, multiple=True, help="Several times.")
@click.option("--person", help="Who decides, where a person must.")
@click.option("--outcome", type=click.Choice(["accept", "conditions", "need-more", "refuse"]),
              help="What --person decides.")  # fmt: skip
@click.option("--reason", default="", help="Why --person decides so.")
@click.option("--signing-key", "pem", type=FILE, help="A P-256 key (default: the node's own).")
@click.option("--key-id")
@click.option("--html", type=FILE, help="Write a page with pictures here.")
@click.option("--out", type=FILE, help="Write the signed decision here.")
def decide(choices: Choices, file: Path, **chosen: Any) -> int:
    """Prove and recompute a passport, judge it, and say why. Ends with 3 unless it is accepted."""
    from faifo.ai.decision import explain, judge, person
    from faifo.ai.packs import open_pack
    from faifo.ai.passport import statement
    from faifo.ai.passport.build import sign_record
    from faifo.ai.presenting import present

    pack = open_pack(chosen["pack"])
    envelope = read(file, "passport")
    key = signing_key(choices, chosen["pem"], chosen["key_id"]) if chosen["out"] else None
    find = key_finder(chosen["documents"])
    passport, presented = present(
        envelope,
        find,
        now=clock.now(),
        artefacts=digests(chosen["artefacts"]),
        withdrawals=[read(path, "withdrawal") for path in chosen["withdrawals"]],
        counts=[read(path, "counts") for path in chosen["counts"]],
    )
    decision = judge.decide(
        pack,
        presented,
        now=clock.now(),
        by=key.id.partition("#")[0] if key else "",
        recognitions=_recognitions(chosen["recognitions"], chosen["withdrawals"], find),
    )
    if chosen["person"]:
        if not chosen["outcome"] or not chosen["reason"]:
            raise SettingsError(
                what=Phrase("errors.told.person.without"),
                expected=Phrase("errors.told.person.rest"),
            )
        decision = person.with_person(
            decision, person=chosen["person"], outcome=chosen["outcome"], reason=chosen["reason"]
        )
    files: list[tuple[Path, bytes | str]] = []
    if key is not None:
        body = sign_record(statement.DECISION, decision, decision.passport_sha256, key)
        files.append((chosen["out"], body))
    if chosen["html"] and passport is not None:
        from faifo.ai.report.page import passport_page

        files.append((chosen["html"], passport_page(passport, choices.lang, decision)))
    write_all(files)
    lines = explain.sentences(decision, choices.lang)
    if key is not None:
        lines.append(say("ai.cli.decided", choices.lang, file=chosen["out"]))
    result(choices, msgspec.to_builtins(decision), lines)
    return exit_codes.OK if person.passes(decision) else exit_codes.REFUSED


def _recognitions(
    paths: Sequence[Path], withdrawals: Sequence[Path], find: Callable[[str], Any]
) -> list[Recognition]:
    """Return the recognitions that are signed by their recogniser and not withdrawn."""
    from faifo.ai.decision.records import Recognition
    from faifo.ai.passport import dsse, statement
    from faifo.ai.passport.records import Withdrawal
    from faifo.ai.passport.verify import verify_record

    gone = set()
    for path in withdrawals:
        withdrawal, signer = verify_record(
            read(path, "withdrawal"), statement.WITHDRAWAL, Withdrawal, find
        )
        gone.add((withdrawal.subject_sha256, signer.partition("#")[0]))
    found = []
    for path in paths:
        body = read(path, "recognition")
        record, key_id = verify_record(body, statement.RECOGNITION, Recognition, find)
        if key_id.partition("#")[0] != record.recogniser:
            raise NotProvenError(
                step="recognition", reason=Phrase("errors.told.signing.another", name=path.name)
            )
        if gone.isdisjoint((name, record.recogniser) for name in dsse.names(body)):
            found.append(record)
    return found


@verb(
    "recognise",
    example="faifo ai recognise did:web:lab.example.org --method group-fairness \\\n"
    "    --counts-as second-party --days 365 --out lab.recognition.json",
    short_help="Recognise what another assesses.",
)
@click.argument("issuer", metavar="DID")
@click.option("--method", "methods", multiple=True, required=True, help="Several times.")
@click.option("--counts-as", type=click.Choice(["second-party", "third-party"]), required=True)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@click.option("--note", default="")
@click.option("--signing-key", "pem", type=FILE)
@click.option("--key-id")
@click.option("--out", type=FILE, required=True)
def recognise(
    choices: Choices, issuer: str, methods: tuple[str, ...], pem: Path | None, **chosen: Any
) -> None:
    """Sign that evidence of an issuer counts here as assessed by a second or third party.

    With the node's own key it counts in the node's own checks from then on, until it ends or is
    withdrawn with `faifo ai passport withdraw`.
    """
    from faifo.ai.decision.records import Recognition
    from faifo.ai.evidence import digest
    from faifo.ai.metrics.methods import methods as known
    from faifo.ai.passport import statement
    from faifo.ai.passport.build import sign_record

    unknown = sorted(set(methods) - set(known()))
    if unknown:
        raise SettingsError(
            what=Phrase("errors.told.assess.methods", unknown=", ".join(unknown)),
            expected=Phrase("errors.told.some-of", known=", ".join(known())),
        )
    key = signing_key(choices, pem, chosen["key_id"])
    now = clock.now()
    record = Recognition(
        id=ids.new_urn(now),
        recogniser=key.id.partition("#")[0],
        issuer=issuer,
        methods=methods,
        counts_as=chosen["counts_as"],
        valid_from=now,
        valid_until=now + timedelta(days=chosen["days"]),
        note=chosen["note"],
    )
    subject = digest(issuer.encode())
    body = sign_record(statement.RECOGNITION, record, subject, key)
    write(chosen["out"], body)
    lines = [say("ai.cli.recognised", choices.lang, file=chosen["out"])]
    if pem is None:
        from faifo.cli.access import run

        kept = run(choices, lambda client: client.keep_recognition(body.decode()), stopped=True)
        lines.append(say("ai.cli.recognised-here", choices.lang, id=kept.id))
    result(choices, msgspec.to_builtins(record), lines)


@verb("packs", example="faifo ai packs --lang vi", short_help="List the policy packs.")
def packs(choices: Choices) -> None:
    """List the policy packs that come with Faifo."""
    from faifo.ai.packs import names, open_pack

    found = [(name, open_pack(name)) for name in names()]
    records = [{"name": n, "id": p.id, "version": p.version, "sha256": p.sha256} for n, p in found]
    width = max(len(name) for name in names())
    lines = [
        f"{name.ljust(width)}  {written(pack.title, choices.lang)} ({pack.version})"
        for name, pack in found
    ]
    result(choices, records, lines)
