"""`faifo verify`: what receipts and bundles of evidence prove, and by whom; without any network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.cli.output import line_of, result
from faifo.errors import MalformedMessageError, NotFoundError, SettingsError, TooLargeError
from faifo.phrases import Phrase, say, spoken

if TYPE_CHECKING:
    from faifo.ledger.trust_policy import Policy
    from faifo.ledger.verifying import Verdict

MOST_BYTES = 64 * 1024 * 1024
_LATEST = 253_402_300_799  # what a date can say


@verb(
    "verify",
    example="faifo verify access.tlog-proof access.opening.json --key hanoi.vkey\n"
    "faifo verify --page -o verify.html",
    short_help="Check receipts, offline.",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="A key that you trust, as one line (vkey), or a file of keys (C2SP tlog-policy).",
)
@click.option("--page", is_flag=True, help="Write the page that checks receipts in a browser.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write the page.")
def command(
    choices: Choices,
    files: tuple[Path, ...],
    keys: tuple[str, ...],
    page: bool,
    output: Path | None,
) -> int:
    """Say what FILES prove, and by whom: receipts (.tlog-proof) and what opens them.

    Nothing is asked over a network. Who signed is known by the keys that you give. Each kind of
    failure ends with an exit code of its own, from 20 on.
    """
    if page:
        return _page(choices, output)
    if not files:
        raise click.UsageError(say("cli.usage.no-files", "en"))
    from faifo.ledger.verifying import judge

    policy = _policy(keys)
    verdicts = judge({str(path): _read(path) for path in files}, policy)
    lines = [line for verdict in verdicts for line in _lines(choices, verdict)]
    failed = [one.fault.fault for one in verdicts if one.fault]
    if failed and not policy.logs:
        lines.append(said("no-key", choices.lang))
    result(choices, {"proven": not failed, "files": [one.record() for one in verdicts]}, lines)
    return getattr(exit_codes, f"PROOF_{failed[0].name}") if failed else exit_codes.OK


def said(word: str, lang: str, /, **facts: object) -> str:
    return say(f"proof.{word}", lang, **facts)


def _page(choices: Choices, output: Path | None) -> int:
    from faifo.ledger.page import verifier_page

    text = verifier_page()
    if output is None:
        click.echo(text, nl=False)
        return exit_codes.OK
    output.write_text(text, "utf-8")
    result(choices, {"page": str(output)}, [said("page-written", choices.lang, file=output)])
    return exit_codes.OK


def _policy(keys: tuple[str, ...]) -> Policy:
    from faifo.ledger.refused import ProofError
    from faifo.ledger.trust_policy import parse_policy

    texts = []
    for key in keys:
        path = Path(key)
        is_file = len(key) < 255 and path.is_file()
        texts.append(_read(path).decode(errors="replace") if is_file else key)
    try:
        return parse_policy("\n".join(texts))
    except ProofError as fault:
        what = Phrase("proof.key-unreadable", why=fault.said)
        raise SettingsError(what=what, expected=Phrase("proof.key-expected")) from None


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TooLargeError(what=str(path), limit=MOST_BYTES)
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(what=Phrase("errors.noun.file"), name=str(path)) from None
    except OSError as error:
        expected = Phrase("proof.readable")
        raise MalformedMessageError(what=f"{path}: {error.strerror}", expected=expected) from None


def _lines(choices: Choices, verdict: Verdict) -> list[str]:
    lang = choices.lang
    receipt, kind, key = verdict.receipt, verdict.kind, verdict.key
    if verdict.fault or receipt is None or kind is None or key is None:
        why = str(spoken(verdict.fault.said, lang)) if verdict.fault else ""
        return [said("refused", lang, file=verdict.file), f"  {line_of(why)}"]
    called = said(f"kind.{kind.name.lower().replace('_', '-')}", lang)
    seen = [f"{name} ({_moment(time)})" for name, time in verdict.cosigned.items()]
    opened = verdict.opening.record.decode(errors="replace") if verdict.opening else None
    rows = {
        "what": said("leaf", lang, kind=called, index=receipt.place, size=receipt.checkpoint.size),
        "log": receipt.checkpoint.origin,
        "signed": said("by-bundle" if verdict.own else "by", lang, key=key.vkey),
        "seen": ", ".join(seen) or said("seen-by-none", lang),
        "opened": opened or said("closed", lang),
    }
    width = max(len(said(name, lang)) for name in rows)
    shown = [f"  {said(name, lang).ljust(width)}  {line_of(text)}" for name, text in rows.items()]
    return [said("proven", lang, file=verdict.file), *shown]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
