"""`faifo reconcile`: both sides' books of an agreement, compared."""

from __future__ import annotations

import click

from faifo.cli import exit_codes
from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.cli.proofs import bundle_lines, comparison_lines, comparison_record


@verb(
    "reconcile",
    example="faifo reconcile urn:uuid:019aab3c-0000-7000-8000-000000000000",
    short_help="Compare both sides' books of an agreement.",
)
@click.argument("agreement")
def command(choices: Choices, agreement: str) -> int:
    """Compare what this node wrote down under AGREEMENT with the receipts of the other side.

    Each difference is named: what only one side wrote down, and where both contradict each other.
    The node need not be running.
    """
    from faifo.ledger.bundle import judge_bundle
    from faifo.ledger.comparing import compare, entries_of, forks
    from faifo.ledger.trust_policy import Policy

    content = run(choices, lambda client: client.evidence(agreement), stopped=True)
    judged = judge_bundle(agreement, content, Policy())
    found = compare(entries_of(judged.verdicts))
    found = found._replace(contradictions=[*forks(judged.verdicts), *found.contradictions])
    lines = bundle_lines(judged, choices.lang) if judged.fault else []
    lines += comparison_lines(found, choices.lang)
    same = not (judged.fault or found.contradictions or found.one_sided)
    result(choices, {"same": same, **comparison_record(found)}, lines)
    return exit_codes.OK if same else exit_codes.ERROR
