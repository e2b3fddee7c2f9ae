"""`faifo ai assess`: measure a model or its predictions at home; only counts leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from faifo.cli.choices import Choices, verb
from faifo.cli.files import write_all
from faifo.cli.output import note, result
from faifo.errors import SettingsError
from faifo.phrases import LANGUAGES, Phrase, say

if TYPE_CHECKING:
    from faifo.ai.assess.run import Assessment


@verb(
    "assess",
    example="faifo ai assess answers.csv --label y --score p --group sex --out evidence",
    short_help="Measure a model or its predictions.",
)
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--query", help="Instead of a file, a query of the engine at --connect; it counts, "
              "and only counts leave it.")  # fmt: skip
@click.option("--connect", envvar="FAIFO_CONNECT", help="Where the rows are: duckdb://FILE, "
              "postgresql://… or pyspark://; without it, FAIFO_CONNECT says so.")  # fmt: skip
@click.option("--label", help="The column with the true outcome; without it, --prediction tells "
              "selection rates only.")  # fmt: skip
@click.option("--favourable", help="The label that is good for the person.")
@click.option("--group", "groups", multiple=True, help="A column that tells groups; several times.")
@click.option("--reference", "references", multiple=True, metavar="COLUMN=VALUE",
              help="The value that others are compared with (default: the largest).")  # fmt: skip
@click.option("--prediction", help="The column with the decided class or predicted value.")
@click.option("--score", help="The column with the probability of the favourable outcome; "
              "of several classes, of the decided one.")  # fmt: skip
@click.option("--model", help="An ONNX, skops, XGBoost JSON or LightGBM file, or module:function.")
@click.option("--class", "order", multiple=True, help="The model's classes in its own order, one "
              "after the other, where it does not name them.")  # fmt: skip
@click.option("--output", help="The output of an ONNX model that has several.")
@click.option("--original", help="The column with the answers of the model that the file was made "
              "from, to compare.")  # fmt: skip
@click.option("--weight", help="The column with how many people a row stands for.")
@click.option("--missing", multiple=True, help="A text that stands for a missing value besides the "
              "empty cell; several times.")  # fmt: skip
@click.option("--encoding", help="Of a CSV file that is not UTF-8, such as windows-1252.")
@click.option("--train", help="Train a reference model on a part: hist-gradient-boosting, "
              "random-forest or logistic-regression.")  # fmt: skip
@click.option("--train-data", type=click.Path(path_type=Path),
              help="The rows that --model was trained on, to try to tell them apart.")  # fmt: skip
@click.option("--task", help="binary, multiclass or regression (default: as the label looks).")
@click.option("--drop", multiple=True, help="A column that the model does not get; several times.")
@click.option("--quasi", multiple=True, help="Columns that together might single out a person.")
@click.option("--threshold", type=float, default=0.5, show_default=True)
@click.option("--test-share", type=float, default=0.3, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--minimum", type=int, default=10, show_default=True, help="No smaller count leaves.")
@click.option("--without", multiple=True, help="A family to leave out; several times.")
@click.option("--no-lira", is_flag=True, help="Leave out the attack with shadow models.")
@click.option("--watts", type=float, help="What the machine draws, for the energy.")
@click.option("--trust-type", "trust", multiple=True, help="A type that a skops file may hold.")
@click.option("--max-bytes", type=int, help="The largest table that a model gets; "
              "answers are counted in parts, however many there are.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("evidence"),
              show_default=True, help="The folder for evidence, report and figures.")  # fmt: skip
def assess(choices: Choices, data: Path | None, out: Path, **chosen: Any) -> None:
    """Measure performance, fairness, calibration, robustness, privacy and data quality.

    Writes evidence.json (counts, formulas, figures; the same bytes on every run), run.json (what
    it cost), figures.csv and a report in each language.
    """
    if data is None and not chosen["query"]:
        raise click.MissingParameter(param_hint="DATA", param_type="argument")
    from faifo.ai.assess.libraries import library

    for needed in ("numpy", "polars", "jinja2"):
        library(needed)
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess as measure
    from faifo.ai.report.wording import named, worded

    given = {name: value for name, value in chosen.items() if value is not None}
    given["lira"] = not given.pop("no_lira")
    given["references"] = dict(_pair(entry) for entry in given["references"])
    request = Request(data=data or Path(), **given)

    def progress(step: str, done: int, total: int) -> None:
        said = Phrase(f"ai.cli.measuring.{step.replace(' ', '-')}")
        note(choices, say("ai.cli.step", choices.lang, step=said, done=done, total=total))

    found = measure(request, progress)
    write_all(files_of(found, out, request.name))
    lines = [
        say("ai.cli.taken", choices.lang, sentence=worded(sentence, choices.lang))
        for sentence in found.said
    ]
    lines += [
        say(
            "ai.cli.not-measured",
            choices.lang,
            family=named("family", name, choices.lang),
            reason=worded(reason, choices.lang),
        )
        for name, reason in found.found.not_measured.items()
    ]
    count = len(found.found.evidence)
    lines.append(say("ai.cli.assessed", choices.lang, n=count, folder=out))
    record = {
        "folder": str(out),
        "evidence": [entry.id for entry in found.found.evidence],
        "not_measured": found.found.not_measured,
        "taken_for_granted": found.said,
    }
    result(choices, record, lines)


def files_of(assessed: Assessment, out: Path, name: str) -> list[tuple[Path, bytes | str]]:
    """Return the evidence, what it cost, all figures and a report in each language."""
    from faifo.ai.evidence import write_evidence
    from faifo.ai.report.figures_csv import figures_csv
    from faifo.ai.report.page import evidence_page

    found = assessed.found
    times = msgspec.json.format(msgspec.json.encode(assessed.run_times), indent=1) + b"\n"
    files: list[tuple[Path, bytes | str]] = [
        (out / "evidence.json", write_evidence(found)),
        (out / "run.json", times),
        (out / "figures.csv", figures_csv(found)),
    ]
    for lang in LANGUAGES:
        page = evidence_page(found, lang, name=name, run_times=assessed.run_times)
        files.append((out / f"report.{lang}.html", page))
    return files


def _pair(entry: str) -> tuple[str, str]:
    column, found, value = entry.partition("=")
    if not found:
        raise SettingsError(
            what=Phrase("errors.told.assess.reference", entry=entry), expected="COLUMN=VALUE"
        )
    return column, value
