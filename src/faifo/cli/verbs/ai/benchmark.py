"""`faifo ai benchmark`: evidence from the log of a language model's answers."""

from __future__ import annotations

from pathlib import Path

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.files import FILE, write_all
from faifo.cli.output import result
from faifo.cli.verbs.ai.assess import files_of
from faifo.phrases import say


@verb(
    "benchmark",
    example="faifo ai benchmark log.eval --out evidence",
    short_help="Recompute a language model's benchmark from its log.",
)
@click.argument("log", type=FILE)
@click.option("--scorer", help="Whose scores are taken, where the log has several.")
@click.option("--threshold", type=float, help="A sample is right from this score on, where scores "
              "are not only 0 and 1.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("evidence"),
              show_default=True, help="The folder for evidence, report and figures.")  # fmt: skip
def benchmark(
    choices: Choices, log: Path, scorer: str | None, threshold: float | None, out: Path
) -> None:
    """Count right answers of an Inspect, lm-eval or promptfoo log; errors and gaps stay in."""
    from faifo.ai.assess.benchmark import benchmark as counted
    from faifo.ai.assess.run import Assessment
    from faifo.ai.report.wording import worded

    found = counted(log, scorer, threshold)
    evidence = found.evidence[0]
    notes = evidence.parameters["assumptions"]
    write_all(files_of(Assessment(found, said=notes), out, log.name))
    lines = [
        say("ai.cli.taken", choices.lang, sentence=worded(note, choices.lang)) for note in notes
    ]
    counts = {name: str(count) for name, count in evidence.counts.items()}
    lines.append(say("ai.cli.benchmarked", choices.lang, **counts))
    lines.append(say("ai.cli.assessed", choices.lang, n=1, folder=out))
    record = {"folder": str(out), "evidence": [evidence.id], "counts": evidence.counts,
              "taken_for_granted": notes}  # fmt: skip
    result(choices, record, lines)
