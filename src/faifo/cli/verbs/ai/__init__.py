"""`faifo ai`: measure AI systems and data at home, make passports, judge those of others."""

from __future__ import annotations

import click

from faifo.cli.choices import Family
from faifo.cli.verbs.ai.assess import assess
from faifo.cli.verbs.ai.benchmark import benchmark
from faifo.cli.verbs.ai.decide import decide, packs, recognise
from faifo.cli.verbs.ai.incident import incident
from faifo.cli.verbs.ai.passport import passport
from faifo.cli.verbs.ai.review import decisions, review


@click.group("ai", cls=Family, short_help="Measure AI systems, and judge what others measured.")
def command() -> None:
    """Measure AI systems and data at home, make passports, judge those of others.

    \b
    Example:
      faifo ai assess adult.csv --label income-per-year --favourable '>50K' \\
          --group sex --train hist-gradient-boosting --out evidence
    """  # noqa: D301 - click wants the character itself


command.add_command(assess)
command.add_command(benchmark)
command.add_command(passport)
command.add_command(decide)
command.add_command(review)
command.add_command(decisions)
command.add_command(recognise)
command.add_command(packs)
command.add_command(incident)
