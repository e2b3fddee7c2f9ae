"""`faifo ai`: measure AI systems and data at home, make passports, judge those of others."""

from __future__ import annotations

from faifo.cli.choices import family
from faifo.cli.verbs.ai.assess import assess
from faifo.cli.verbs.ai.benchmark import benchmark
from faifo.cli.verbs.ai.decide import decide, packs, recognise
from faifo.cli.verbs.ai.incident import incident
from faifo.cli.verbs.ai.passport import passport
from faifo.cli.verbs.ai.review import decisions, review


@family(
    "ai",
    example="faifo ai assess adult.csv --label income-per-year --favourable '>50K' \\\n"
    "    --group sex --train hist-gradient-boosting --out evidence",
    short_help="Measure AI systems, and judge what others measured.",
)
def command() -> None:
    """Measure AI systems and data at home, make passports, judge those of others."""


for _one in (assess, benchmark, passport, decide, review, decisions, recognise, packs, incident):
    command.add_command(_one)
