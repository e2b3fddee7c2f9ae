"""What came out, as text: printed, and with a head as docs/ai-verify.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from bench.aiverify.ours import Evidence
from bench.aiverify.rates import Compared, Reading
from bench.aiverify.theirs import Told, rows_in

HEAD = """\
# Side by side with AI Verify

This page is written by the run itself; do not edit it. Say it again with:

    make bench-ai

[AI Verify](https://aiverifyfoundation.sg/) is an open toolkit for testing AI systems. The run
installs the released plugins for tabular classification from the package registry, unchanged, and
runs them and `faifo ai assess` on the same rows. This is a comparison of two tools on one
machine and one table, made by the authors of one of them; every number below is made again by the
command above.
"""
WHY = """\
The plugin counts true positives and so on within each group, and divides them by the count over
all groups (`_compute_between_group` in its `algo.py`: `tp_by_group` by `num_true_positive_by_class
+ num_false_negative_by_class`, and alike for the other seven). What it calls the rate of a group
is therefore the rate of the group times the group's share of the divisor: it is lower for a smaller
group that is treated the same, and the numbers of all groups add up to the rate of everybody.
“Equal Selection Parity” is a difference of head counts, which depends on how many rows there are.
“Disparate Impact” is a ratio of selection rates, each within its group, as it is defined elsewhere.

What is lost can be got back: both numbers of a group that share a divisor have the same factor, so
TPR = TPR′ / (TPR′ + FNR′), FPR = FPR′ / (FPR′ + TNR′), and PPV and FOR alike.
"""
BESIDE = """\
AI Verify has what Faifo has not: SHAP values, partial dependence and accumulated local effects,
corruptions of images, the metrics of Veritas, and a process checklist with a portal. Faifo has what
these two plugins have not: intervals, intersections of groups, calibration, membership inference,
data quality, and figures that a receiver makes again from counts.
"""
NONE = "–"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run found; `compared` by the column that tells groups."""

    began: str
    machine: dict[str, str]
    data: str
    rows: int
    compared: dict[str, list[Compared]]
    fairness: dict[str, Told]
    robustness: list[Told]
    answers: Evidence
    whole: list[Evidence]


def body(found: Outcome) -> str:
    """Return everything below the head."""
    lines = [
        (
            f"Measured {found.began}. Data: {found.data}; 70 % to train with, and the other"
            f" {found.rows:,} rows to judge by (seed 0, stratified). The model is a random forest"
            " of 100 trees with seed 0. AI Verify asks for a pickle of it, made with the"
            " scikit-learn of its environment; Faifo's rates are of that model's answers. Faifo"
            " opens no pickle: in its whole assessment it trains the same forest itself."
        ),
        "",
        *_table(("", ""), [[name, value] for name, value in found.machine.items()]),
        "",
        "## Rates of groups",
        "",
        WHY,
        *_summary(found.compared),
    ]
    column, rows = next(iter(found.compared.items()))
    lines += ["", f"### By {column}, one by one", "", *_rates(rows)]
    lines += ["", "## Figures and times", "", *_figures(found), "", *_times(found), "", BESIDE]
    return "\n".join(lines)


def _summary(compared: dict[str, list[Compared]]) -> list[str]:
    lines = []
    for column, rows in compared.items():
        readings = Counter(one.reading for one in rows)
        told = ", ".join(f"{readings[one]} {one}" for one in Reading if readings[one])
        ours = [abs(one.ours - one.defined) for one in rows if one.ours is not None
                and one.defined is not None]  # fmt: skip
        referee = [abs(one.referee - one.defined) for one in rows if one.referee is not None
                   and one.defined is not None]  # fmt: skip
        withheld = len(rows) - len(ours)
        lines.append(
            f"- By {column}, {len(rows)} numbers of AI Verify: {told}. Faifo differs from the"
            f" definition by at most {max(ours, default=0.0):.0e} in {len(ours)} numbers"
            + (f" ({withheld} withheld: a count under 10)" if withheld else "")
            + f", scikit-learn and fairlearn by at most {max(referee, default=0.0):.0e}."
        )
    return lines


def _rates(rows: Sequence[Compared]) -> list[str]:
    head = ("number", "group", "counts", "defined", "AI Verify", "Faifo", "referee",
            "AI Verify's number is")  # fmt: skip
    return _table(
        head,
        [
            [
                f"{one.name} ({one.formula})",
                " / ".join(one.group),
                one.counts,
                _share(one.defined),
                _share(one.reported),
                _share(one.ours),
                _share(one.referee),
                str(one.reading),
            ]
            for one in rows
        ],
    )


def _figures(found: Outcome) -> list[str]:
    whole = found.whole[0]
    first, second = (one.output["results"] for one in found.robustness)
    some = first["num_of_perturbed_samples"]
    clean, noisy = whole.figure("accuracy"), whole.figure("accuracy", "noise 0.1")
    kept = {one.sha256 for one in found.whole}
    return _table(
        ("figure", "AI Verify", "Faifo"),
        [
            [
                "accuracy",
                f"{_share(first['org_performance'])} ({some:,} rows)",
                (
                    f"{_share(clean['value'])} [{_share(clean['low'])}, {_share(clean['high'])}]"
                    f" ({found.rows:,} rows)"
                ),
            ],
            [
                (
                    "accuracy, disturbed (different disturbances: boundary attack; noise of 0.1"
                    " standard deviations)"
                ),
                (
                    f"{_share(first['perturbed_performance'])},"
                    f" {first['num_of_failed_perturbed_samples']} of {some} not disturbed"
                ),
                f"{_share(noisy['value'])} [{_share(noisy['low'])}, {_share(noisy['high'])}]",
            ],
            [
                "the same input once more",
                (
                    f"{_share(second['perturbed_performance'])},"
                    f" {second['num_of_failed_perturbed_samples']} of {some} not disturbed"
                ),
                "the same bytes" if len(kept) == 1 else "OTHER BYTES",
            ],
            [
                "rows of the table, or disturbed ones, in the result",
                str(rows_in(found.robustness[0])),
                "0; no count under 10",
            ],
        ],
    )


def _times(found: Outcome) -> list[str]:
    robust = [one.seconds for one in found.robustness]
    some = found.robustness[0].output["results"]["num_of_perturbed_samples"]
    spent = found.whole[0].family_seconds["robustness"]
    disturbances = {one["slice"] for one in found.whole[0].figures("robustness")}
    fairness = ", ".join(f"{one.seconds:.1f} s ({name})" for name, one in found.fairness.items())
    return _table(
        ("what", "AI Verify", "Faifo"),
        [
            [
                "fairness, whole process",
                f"{fairness}: rates",
                (
                    f"{found.answers.seconds:.1f} s: rates, gaps and intervals of all columns and"
                    " their intersections, performance, calibration, data quality, a report in two"
                    " languages"
                ),
            ],
            [
                "robustness",
                (
                    f"{min(robust):.1f} s for {some:,} rows, {min(robust) / some:.2f} s a row"
                    " (boundary attack)"
                ),
                (
                    f"{spent:.1f} s for {found.rows:,} rows, {spent / found.rows:.5f} s a row,"
                    f" {len(disturbances)} disturbances (noise, swaps, missing values, flips)"
                ),
            ],
            [
                "everything, from the table to the report, with training and membership inference",
                NONE,
                ", ".join(f"{one.seconds:.1f} s" for one in found.whole),
            ],
        ],
    )


def _share(value: Any) -> str:
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.4f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown, padded so that it can be read as it stands."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return "| " + " | ".join(padded) + " |"

    return [line(head), line(["-" * max(3, width) for width in widths]), *map(line, rows)]
