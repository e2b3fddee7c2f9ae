"""`faifo ai passport`: make, show, check and withdraw passports, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from faifo import clock, ids
from faifo.cli.choices import Choices, family
from faifo.cli.files import FILE, opened, read, write, write_all
from faifo.cli.output import fields, result
from faifo.cli.verbs.ai.signing import key_finder, signing_key
from faifo.errors import NotProvenError
from faifo.phrases import Phrase, say, spoken
from faifo.phrases.catalogue import phrase_of
from faifo.phrases.figures import day

if TYPE_CHECKING:
    from faifo.ai.evidence import RunTime
    from faifo.ai.passport.records import Passport


@family(
    "passport",
    example="faifo ai passport make --describe loan.toml --evidence evidence"
    " --out loan.passport.json",
    short_help="Make, show, check and withdraw passports.",
)
def passport() -> None:
    """Make, show, check and withdraw passports."""


@passport.verb(
    "make",
    example="faifo ai passport make --describe loan.toml --evidence evidence \\\n"
    "    --out loan.passport.json",
    short_help="Sign evidence and a description.",
)
@click.option("--describe", type=FILE, required=True, help="TOML with name, purpose, risk, …")
@click.option("--evidence", type=click.Path(path_type=Path), required=True,
              help="The folder of `faifo ai assess`, or its evidence.json.")  # fmt: skip
@click.option("--data", type=FILE, help="A data set's file, to name its columns.")
@click.option("--previous", type=FILE, help="The passport that this one replaces.")
@click.option("--signing-key", "pem", type=FILE, help="A P-256 key (default: the node's own).")
@click.option("--key-id", help="The id of --signing-key, such as did:web:example.org#passport-1.")
@click.option("--counts", type=FILE,
              help="Write large counts here, and only their digest into it.")  # fmt: skip
@click.option("--der", is_flag=True, help="Sign as other DSSE tools expect it: ECDSA in DER.")
@click.option("--out", type=FILE, required=True)
def make(
    choices: Choices,
    describe: Path,
    evidence: Path,
    data: Path | None,
    previous: Path | None,
    pem: Path | None,
    key_id: str | None,
    counts: Path | None,
    der: bool,
    out: Path,
) -> None:
    """Make a passport: evidence, bill of materials, Annex A, oversight, one signature."""
    from faifo.ai.evidence import read_evidence
    from faifo.ai.passport import dsse
    from faifo.ai.passport.build import build, check_size, read_description, sign
    from faifo.ai.passport.detached import detached

    about = read_description(read(describe, "description"))
    folder = evidence if evidence.is_dir() else evidence.parent
    found = read_evidence(
        read(folder / "evidence.json" if evidence.is_dir() else evidence, "evidence")
    )
    key = signing_key(choices, pem, key_id)
    files: list[tuple[Path, bytes | str]] = []
    if counts is not None:
        found, body = detached(found)
        files.append((counts, body))
    made = build(
        about,
        found,
        id=ids.new_urn(now := clock.now()),
        did=key.id.partition("#")[0],
        now=now,
        run_times=_run_times(folder / "run.json"),
        columns=_columns(data),
        previous=read(previous, "passport") if previous else None,
    )
    check_size(made)
    envelope = sign(made, key, der=der)
    write_all([*files, (out, envelope)])
    sha256 = dsse.name(envelope)
    line = say("ai.cli.made", choices.lang, file=out, digest=sha256)
    result(choices, {"id": made.id, "file": str(out), "sha256": sha256}, [line])


@passport.verb(
    "show",
    example="faifo ai passport show loan.passport.json --html loan.html",
    short_help="Read a passport; nothing is proven.",
)
@click.argument("file", type=FILE)
@click.option("--html", type=FILE, help="Write a page with pictures here.")
@click.option("--parts", type=click.Path(path_type=Path, file_okay=False),
              help="Write bom.json, croissant.json and evidence.json here.")  # fmt: skip
def show(choices: Choices, file: Path, html: Path | None, parts: Path | None) -> None:
    """Show what a passport says. Whether it is true is for `check`."""
    from faifo.ai.passport import dsse, statement
    from faifo.ai.passport.records import Passport

    envelope = dsse.read(read(file, "passport"))
    found, _ = statement.read_statement(envelope.payload, statement.PASSPORT, Passport)
    if html is not None:
        from faifo.ai.report.page import passport_page

        write(html, passport_page(found, choices.lang))
    if parts is not None:
        _write_parts(found, parts)
    result(choices, msgspec.to_builtins(found), _lines(choices, found))


@passport.verb(
    "check",
    example="faifo ai passport check loan.passport.json --did-document provider.did.json",
    short_help="Prove a passport and recompute it.",
)
@click.argument("file", type=FILE)
@click.option("--did-document", "documents", type=FILE, multiple=True, required=True,
              help="The DID document of an issuer that you vouch for; several times.")  # fmt: skip
@click.option("--artefact", "artefacts", type=FILE, multiple=True,
              help="A file that came with it, such as the model; several times.")  # fmt: skip
@click.option("--withdrawal", "withdrawals", type=FILE, multiple=True, help="Several times.")
@click.option("--counts", type=FILE, multiple=True, help="A file of counts that it names.")
def check(
    choices: Choices,
    file: Path,
    documents: tuple[Path, ...],
    artefacts: tuple[Path, ...],
    withdrawals: tuple[Path, ...],
    counts: tuple[Path, ...],
) -> None:
    """Prove signature, issuer, digests and status, make every figure again, and compare all counts.

    It says what is proven by that, and what stays the issuer's word.

    Of a decision, a recognition or a withdrawal: that it was signed by whom it names.
    """
    from faifo.ai.authorship import verify_author
    from faifo.ai.decision.recompute import prove_figures
    from faifo.ai.passport.detached import attached
    from faifo.ai.passport.verify import verify_passport

    envelope = read(file, "passport")
    author = verify_author(envelope, key_finder(documents))
    if author is not None:
        line = say("ai.cli.proven-record", choices.lang, key=author.key_id)
        result(choices, author._asdict(), [line])
        return
    proven = verify_passport(
        envelope,
        key_finder(documents),
        artefacts=digests(artefacts),
        withdrawals=[read(path, "withdrawal") for path in withdrawals],
    )
    now = clock.now()
    if not proven.passport.issued <= now < proven.passport.expires:
        raise NotProvenError(step="dates", reason=Phrase("errors.told.passport.not-today"))
    files = [read(path, "counts") for path in counts]
    examined = prove_figures(attached(proven.passport.evidence, files))
    made = list(dict.fromkeys(entry.evidence.method.id for entry in examined.made))
    claimed = list(dict.fromkeys(entry.method.id for entry in examined.claimed))
    record = {"sha256": proven.sha256, "key": proven.key_id, "issuer": proven.passport.issuer.did,
              "proven": made, "claimed": claimed}  # fmt: skip
    days = {"from": day(proven.passport.issued), "until": day(proven.passport.expires)}
    lines = [say("ai.cli.proven", choices.lang, key=proven.key_id, **days)]
    if made:
        lines.append(say("ai.cli.follows", choices.lang, methods=", ".join(made)))
    if claimed:
        lines.append(say("ai.cli.claimed-evidence", choices.lang, methods=", ".join(claimed)))
    lines.append(say("ai.cli.claimed", choices.lang))
    result(choices, record, lines)


@passport.verb(
    "withdraw",
    example="faifo ai passport withdraw loan.passport.json --reason 'wrong labels' \\\n"
    "    --out loan.withdrawal.json",
    short_help="Say that you no longer stand behind it.",
)
@click.argument("file", type=FILE)
@click.option("--reason", required=True)
@click.option("--signing-key", "pem", type=FILE)
@click.option("--key-id")
@click.option("--out", type=FILE, required=True)
def withdraw(
    choices: Choices, file: Path, reason: str, pem: Path | None, key_id: str | None, out: Path
) -> None:
    """Sign a withdrawal of a passport or a recognition.

    With the node's own key it is published, too: the catalog shows it at the next look, and
    running transfers of what the passport stands beside are refused; a recognition counts no more.
    """
    from faifo.ai.passport import dsse
    from faifo.ai.passport.build import withdraw as sign_withdrawal

    envelope = read(file, "passport")
    key = signing_key(choices, pem, key_id)
    did = key.id.partition("#")[0]
    if not any(signer.startswith(f"{did}#") for signer, _ in dsse.read(envelope).signatures):
        raise NotProvenError(
            step="issuer", reason=Phrase("errors.told.passport.not-signed", did=did, name=file.name)
        )
    body = sign_withdrawal(envelope, issuer=did, reason=reason, now=clock.now(), key=key)
    write(out, body)
    lines = [say("ai.cli.withdrawn", choices.lang, file=out)]
    datasets: tuple[str, ...] = ()
    recognition: str | None = None
    if pem is None:
        from faifo.cli.access import run

        told = run(choices, lambda client: client.withdraw_passport(body.decode()), stopped=True)
        datasets, recognition = told.datasets, told.recognition
        lines += [say("ai.cli.withdrawn-of", choices.lang, dataset=name) for name in datasets]
        if recognition is not None:
            lines.append(say("ai.cli.recognition-ended", choices.lang, id=recognition))
    record = {"file": str(out), "datasets": datasets, "recognition": recognition}
    result(choices, record, lines)


def digests(paths: tuple[Path, ...]) -> dict[str, str]:
    """Return the SHA-256 of files by their names."""
    import hashlib

    found = {}
    for path in paths:
        with opened(path, "file") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _run_times(path: Path) -> list[RunTime]:
    from faifo.ai.evidence import RunTime

    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(read(path, "run-times"), type=list[RunTime])
    except msgspec.MsgspecError:
        return []


def _columns(data: Path | None) -> list[tuple[str, str]]:
    if data is None:
        return []
    from faifo.ai.assess.tables import MAX_BYTES, Table

    kinds = {"Int": "sc:Integer", "UInt": "sc:Integer", "Float": "sc:Float", "Bool": "sc:Boolean"}
    return [
        (name, next((k for prefix, k in kinds.items() if str(dtype).startswith(prefix)), "sc:Text"))
        for name, dtype in Table(data).inputs((), MAX_BYTES).schema.items()
    ]


def _write_parts(found: Passport, folder: Path) -> None:
    from faifo.ai.evidence import EvidenceSet, write_evidence

    evidence = EvidenceSet(
        task=found.task, evidence=found.evidence, not_measured=found.not_measured
    )
    files: list[tuple[Path, bytes | str]] = [(folder / "evidence.json", write_evidence(evidence))]
    for name, part in (("bom.json", found.bom), ("croissant.json", found.croissant)):
        if part is not None:
            body = msgspec.json.format(msgspec.json.encode(part), indent=1)
            files.append((folder / name, body))
    write_all(files)


def _lines(choices: Choices, found: Passport) -> list[str]:
    answered = sum(answer.answer != "unanswered" for answer in found.answers)
    return fields(
        choices,
        [
            ("id", found.id),
            ("kind", found.kind),
            ("name", f"{found.name} {found.version}"),
            ("issuer", f"{found.issuer.name} {found.issuer.economy} {found.issuer.did}"),
            ("valid", f"{day(found.issued)} - {day(found.expires)}"),
            ("purpose", found.purpose),
            ("risk", say(f"ai.report.risk-{found.risk.level}", choices.lang)),
            ("use", ", ".join(found.use.kinds) if found.use else ""),
            (
                "oversight",
                say(f"ai.report.loop-{found.oversight.loop}", choices.lang)
                if found.oversight
                else "-",
            ),
            ("evidence", ", ".join(dict.fromkeys(e.method.id for e in found.evidence))),
            ("annex A", f"{answered}/{len(found.answers)}"),
            ("declaration", spoken(phrase_of(found.declaration, "ai.report."), choices.lang)),
        ],
    )


@passport.verb(
    "questions", example="faifo ai passport questions", short_help="List what Annex A asks."
)
def questions(choices: Choices) -> None:
    """List the questions of Annex A of the ASEAN Guide in plain words, for a description's answers.

    A question N.M is answered there in a table [annex_a."N.M"]. No node is needed.
    """
    from faifo.ai.passport.annex_a import QUESTIONS

    found = {one: say(f"ai.annex-a.{one}", choices.lang) for one in QUESTIONS}
    lines = [f"{one:5} {text}" for one, text in found.items()]
    result(choices, found, [say("ai.annex-a.numbering", choices.lang), "", *lines])
