"""`faifo verify`: what receipts and bundles of evidence prove, and by whom; without any network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.cli.files import read, write
from faifo.cli.output import result
from faifo.cli.proofs import (
    bundle_lines,
    bundle_record,
    comparison_lines,
    comparison_record,
    verdict_lines,
)
from faifo.errors import SettingsError
from faifo.ledger.telling import said
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    from faifo.ledger.bundle import Judged
    from faifo.ledger.comparing import Comparison
    from faifo.ledger.trust_policy import Policy


@verb(
    "verify",
    example="faifo verify access.tlog-proof access.opening.json --key hanoi.vkey\n"
    "faifo verify ours.zip theirs.zip --key hanoi.vkey --key osaka.vkey",
    short_help="Check receipts and evidence, offline.",
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
    """Say what FILES prove, and by whom: receipts (.tlog-proof), what opens them, and bundles.

    Of two bundles of one agreement, say what both prove, what only one claims, and where they
    contradict each other.

    Nothing is asked over a network. Who signed is known by the keys that you give. Each kind of
    failure ends with an exit code of its own, from 20 on.
    """
    if page:
        return _page(choices, output)
    if not files:
        raise click.UsageError(say("cli.usage.no-files", "en"))
    from faifo.ledger.bundle import ZIP, judge_bundle
    from faifo.ledger.refused import Fault
    from faifo.ledger.verifying import judge

    policy = _policy(keys)
    given = {str(path): read(path, "file") for path in files}
    zips = {name: raw for name, raw in given.items() if raw.startswith(ZIP)}
    bundles = [judge_bundle(name, raw, policy) for name, raw in zips.items()]
    verdicts = judge({name: raw for name, raw in given.items() if name not in zips}, policy)
    lines = [line for verdict in verdicts for line in verdict_lines(verdict, choices.lang)]
    lines += [line for one in bundles for line in bundle_lines(one, choices.lang)]
    wrong = [one.fault for one in verdicts] + [one.fault for one in bundles]
    faults = [one.fault for one in wrong if one]
    if any(one.fault for one in verdicts) and not policy.logs:
        lines.append(said("no-key", choices.lang))
    record: dict[str, Any] = {
        "files": [one.record() for one in verdicts],
        "bundles": [bundle_record(one) for one in bundles],
    }
    if (found := _compared(bundles)) is not None:
        lines += comparison_lines(found, choices.lang)
        record["comparison"] = comparison_record(found)
        forked = any(one.what != "agreement" for one in found.contradictions)
        worst = [Fault.FORK if forked else Fault.CONTRADICTION] if found.contradictions else []
        faults = worst + faults
    result(choices, {"proven": not faults, **record}, lines)
    return getattr(exit_codes, f"PROOF_{faults[0].name}") if faults else exit_codes.OK


def _compared(bundles: list[Judged]) -> Comparison | None:
    """Compare the bundles of one agreement, as far as they are proven; of one, look for forks."""
    from faifo.ledger.comparing import Comparison, compare, entries_of, forks

    forked = forks(head for one in bundles for head in one.heads)
    named = {one.bundle.about.agreement for one in bundles if one.bundle}
    if len(bundles) < 2 or len(named) != 1:
        return Comparison([], [], [], forked) if forked else None
    found = compare(entries_of(verdict for one in bundles for verdict in one.verdicts))
    return found._replace(contradictions=[*forked, *found.contradictions])


def _page(choices: Choices, output: Path | None) -> int:
    from faifo.ledger.page import verifier_page

    text = verifier_page().text
    if output is None:
        click.echo(text, nl=False)
        return exit_codes.OK
    write(output, text)
    result(choices, {"page": str(output)}, [said("page-written", choices.lang, file=output)])
    return exit_codes.OK


def _policy(keys: tuple[str, ...]) -> Policy:
    from faifo.ledger.refused import ProofError
    from faifo.ledger.trust_policy import parse_policy

    texts = []
    for key in keys:
        path = Path(key)
        is_file = len(key) < 255 and path.is_file()
        texts.append(read(path, "file").decode(errors="replace") if is_file else key)
    try:
        return parse_policy("\n".join(texts))
    except ProofError as fault:
        what = Phrase("proof.key-unreadable", why=fault.said)
        raise SettingsError(what=what, expected=Phrase("proof.key-expected")) from None
