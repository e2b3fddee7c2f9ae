"""One assessment from request to evidence: what can be measured is, what cannot is said.

`progress` is told the name of each step with its number and the number of all. Run times are
returned apart from the evidence, which is the same on every run.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from faifo import clock
from faifo.ai.assess import membership, perturb, quality
from faifo.ai.assess.columns import REGRESSION, groups_of
from faifo.ai.assess.counted import evidence_of
from faifo.ai.assess.counting import columns_of, count, known_labels, rank, tally_of
from faifo.ai.assess.parts import Parts
from faifo.ai.assess.request import FAMILIES, Request
from faifo.ai.assess.scoring import Answers
from faifo.ai.assess.subject import Subject, describe, prepare
from faifo.ai.assess.tables import CSV_WHOLE, WHOLE_ROWS, check_columns, is_parquet, sha256_of
from faifo.ai.assess.tally import Tally, scored
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Artefact, Evidence, EvidenceSet, RunTime, digest
from faifo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

Progress = Callable[[str, int, int], None]


@dataclass
class Assessment:
    """What was found, and what it cost."""

    found: EvidenceSet
    run_times: list[RunTime] = field(default_factory=list)


def assess(request: Request, progress: Progress = lambda *_: None) -> Assessment:
    """Measure everything that the request allows.

    Raises:
        FaifoError: the request, the data or the model is not usable; nothing was written.
    """
    request.check()
    if _counted_in_parts(request):
        return assess_in_parts(request, progress)
    run = _Run(request, progress)
    with run.timed("read"):
        subject = prepare(request)
    return run.measure(subject)


def assess_in_parts(request: Request, progress: Progress, parts: Parts | None = None) -> Assessment:
    """Count a table with predictions part by part; memory holds one part and the counts."""
    parts = parts or Parts(request.data, columns_of(request))
    run = _Run(request, progress)
    with run.timed("count"):
        labels = known_labels(parts, request)
        tally = count(parts, request, labels)
        check_references(request, tally)
    with run.timed("rank"):
        ranks = rank(parts, request, labels, tally)
    subject = Artefact(name=request.data.name, role="predictions", sha256=sha256_of(request.data))
    writer = Writer((subject,), request.minimum, request.seed, describe(request))
    with run.timed("figures"):
        run.add(evidence_of(tally, writer, request.references, ranks))
    run.missing = dict.fromkeys(FAMILIES[3:], "the rows were counted in parts and not kept")
    run.say_what_counts_missed(labels.task, tally)
    return run.result(labels.task)


def check_references(request: Request, tally: Tally) -> None:
    """Return if every reference value occurs.

    Raises:
        SettingsError: one does not.
    """
    for place, attribute in enumerate(tally.attributes):
        wanted = request.references.get(attribute)
        if wanted is not None and all(key[place] != wanted for key in tally.cells):
            raise SettingsError(
                what=f"no row has the reference {attribute}={wanted}",
                expected="a value of the column",
            )


def _counted_in_parts(request: Request) -> bool:
    if request.model or request.train or not request.data.is_file():
        return False
    size = request.data.stat().st_size
    if not is_parquet(request.data):
        return size > min(request.max_bytes, CSV_WHOLE)
    return size > request.max_bytes or _rows(request) > WHOLE_ROWS


def _rows(request: Request) -> int:
    import polars as pl

    try:
        scan = pl.scan_parquet(request.data)
        check_columns(scan.collect_schema().names(), [request.label], request.data.name)
        return int(scan.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError:
        return 0  # reading it will say what is wrong


class _Run:
    """Steps with their time, and what they found."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self.request = request
        self.evidence: list[Evidence] = []
        self.missing: dict[str, str] = {}
        self._progress = progress
        self._steps = 0
        self._times: list[tuple[str, float, float]] = []

    @contextmanager
    def _timer(self, name: str) -> Iterator[None]:
        self._steps += 1
        self._progress(name, self._steps, 10)
        before, wall, cpu = len(self.evidence), clock.monotonic(), _cpu()
        yield
        spent = clock.monotonic() - wall, _cpu() - cpu
        names = [entry.id for entry in self.evidence[before:]] or [f"step:{name}"]
        for entry in names:
            self._times.append((entry, spent[0] / len(names), spent[1] / len(names)))

    def timed(self, name: str) -> AbstractContextManager[None]:
        return self._timer(name)

    def add(self, found: Sequence[Evidence]) -> None:
        kept = [entry for entry in found if entry.family not in self.request.without]
        self.evidence += kept

    def wants(self, family: str) -> bool:
        if family in self.request.without:
            self.missing[family] = "left out by request"
            return False
        return True

    def result(self, task: str) -> Assessment:
        watts = self.request.watts
        times = [
            RunTime(
                evidence=name,
                wall_seconds=round(wall, 3),
                cpu_seconds=round(cpu, 3),
                watts=watts,
                watt_hours=None if watts is None else round(cpu * watts / 3600, 6),
            )
            for name, wall, cpu in self._times
        ]
        found = EvidenceSet(task=task, evidence=tuple(self.evidence), not_measured=self.missing)
        return Assessment(found, times)

    def measure(self, subject: Subject) -> Assessment:
        request, task = self.request, subject.labels.task
        writer = Writer(subject.artefacts, request.minimum, request.seed, describe(request))
        with self.timed("fairness"):
            groups = groups_of(subject.test, request.groups)
            tally = tally_of(task, subject.truth, subject.given, groups, subject.labels.classes)
            check_references(request, tally)
            self.add(evidence_of(tally, writer, request.references))
            self.say_what_counts_missed(task, tally)
        with self.timed("robustness"):
            if self.wants("robustness"):
                self._robustness(subject, writer)
        with self.timed("attribute-flip"):
            if self.wants("attribute-flip"):
                self._flips(subject, writer)
        with self.timed("membership"):
            if self.wants("membership"):
                self._membership(subject, writer)
        with self.timed("data-quality"):
            if self.wants("data-quality"):
                self._quality(subject, writer)
        with self.timed("reproducibility"):
            if self.wants("reproducibility"):
                self._repeat(subject, writer)
        return self.result(task)

    def say_what_counts_missed(self, task: str, tally: Tally) -> None:
        for family in ("performance", "fairness", "calibration"):
            if family in self.request.without:
                self.missing[family] = "left out by request"
        if not self.request.groups:
            self.missing["fairness"] = "no group column was named"
        if task == REGRESSION or not scored(tally):
            self.missing["calibration"] = "there are no scores of classes"

    def _sample(self, rows: int) -> Any:
        if rows <= self.request.rows:
            return np.arange(rows)
        rng = perturb.stream(self.request.seed, "rows")
        return np.sort(rng.permutation(rows)[: self.request.rows])

    def _robustness(self, subject: Subject, writer: Writer) -> None:
        if subject.ask is None:
            self.missing["robustness"] = "needs the model, and only its predictions were given"
            return
        rows = self._sample(subject.test.height)
        inputs = subject.inputs(subject.test)[rows]
        runs = perturb.robustness(
            inputs,
            _part(subject.given, rows),
            subject.truth[rows],
            subject.ask,
            self._about(subject),
        )
        parameters = {"severities": list(perturb.SEVERITIES), "rows": len(rows)}
        self.add(
            [
                writer.write(
                    "robustness", {"runs": runs}, n=len(rows), parameters=parameters, seeded=True
                )
            ]
        )

    def _flips(self, subject: Subject, writer: Writer) -> None:
        if subject.ask is None:
            self.missing["attribute-flip"] = "needs the model, and only its predictions were given"
            return
        rows = self._sample(subject.test.height)
        inputs = subject.inputs(subject.test)[rows]
        seen = [name for name in self.request.groups if name in inputs.columns]
        unseen = [name for name in self.request.groups if name not in seen]
        for name in unseen:
            self.missing[f"attribute-flip {name}"] = "the model does not see this column"
        for name in seen:
            runs = perturb.attribute_flips(
                inputs, name, _part(subject.given, rows), subject.ask, self._about(subject)
            )
            parameters = {"attributes": [name]}
            self.add(
                [writer.write("attribute-flip", {"runs": runs}, n=len(rows), parameters=parameters)]
            )

    def _about(self, subject: Subject) -> dict[str, Any]:
        request = self.request
        return {"task": subject.labels.task, "seed": request.seed, "minimum": request.minimum}

    def _membership(self, subject: Subject, writer: Writer) -> None:
        if subject.ask is None or subject.training is None:
            self.missing["membership"] = "needs the model and the rows that it was trained on"
            return
        truth = subject.labels.of(subject.training, self.request.label)
        learned = subject.ask(subject.inputs(subject.training))
        if subject.labels.task == REGRESSION:
            scores = [
                -np.abs(truth - learned.decisions),
                -np.abs(subject.truth - subject.given.decisions),
            ]
            counts = membership.attack_counts(scores[0], scores[1], self.request.minimum)
            self.add([writer.write("membership-loss", counts, n=len(truth) + len(subject.truth))])
            self.missing["membership lira"] = "defined for classes only"
            return
        if learned.probabilities is None or subject.given.probabilities is None:
            self.missing["membership"] = "needs probabilities, and the model only decides"
            return
        sides = [
            membership.of_true_class(learned.probabilities, truth),
            membership.of_true_class(subject.given.probabilities, subject.truth),
        ]
        n = sum(map(len, sides))
        losses = [membership.loss_scores(side) for side in sides]
        counts = membership.attack_counts(losses[0], losses[1], self.request.minimum)
        self.add([writer.write("membership-loss", counts, n=n)])
        self._lira(subject, writer, np.concatenate(sides), np.concatenate([truth, subject.truth]))

    def _lira(self, subject: Subject, writer: Writer, confidence: Any, labels: Any) -> None:
        if not self.request.lira:
            self.missing["membership lira"] = "left out by request"
            return
        if subject.retrain is None or subject.training is None:
            self.missing["membership lira"] = "needs a model that can be trained again"
            return
        first = subject.training.height
        scores = membership.lira_scores(
            confidence,
            labels,
            first,
            subject.retrain,
            self.request.seed,
            lambda done, total: self._progress("membership lira", done, total),
        )
        counts = membership.attack_counts(scores[:first], scores[first:], self.request.minimum)
        parameters = {"shadow_models": membership.SHADOWS}
        self.add(
            [
                writer.write(
                    "membership-lira", counts, n=len(labels), parameters=parameters, seeded=True
                )
            ]
        )

    def _quality(self, subject: Subject, writer: Writer) -> None:
        request = self.request
        added = [c for c in (request.prediction, request.score) if c]
        frame = subject.whole.drop(added)
        classes = subject.labels.task != REGRESSION
        counts, notes = quality.quality_counts(
            frame, request.label, request.minimum, classes=classes
        )
        self.add([writer.write("data-quality", counts, n=frame.height, suppressed=notes)])
        quasi = request.quasi or request.groups
        if quasi:
            counts = quality.anonymity_counts(frame, quasi, request.minimum)
            parameters = {"quasi_identifiers": list(quasi)}
            self.add([writer.write("k-anonymity", counts, n=frame.height, parameters=parameters)])
        else:
            self.missing["k-anonymity"] = "no column was named that might single out a person"
        if subject.training is not None:
            common = [name for name in subject.test.columns if name in subject.training.columns]
            counts, notes = quality.drift_counts(
                subject.training.select(common), subject.test.select(common), request.minimum
            )
            n = subject.training.height + subject.test.height
            self.add([writer.write("drift", counts, n=n, suppressed=notes)])

    def _repeat(self, subject: Subject, writer: Writer) -> None:
        if subject.again is None:
            self.missing["reproducibility"] = "needs the model, and only its predictions were given"
            return
        first, second = (_digest(given) for given in (subject.given, subject.again()))
        counts = {"runs": 2, "equal": 1 + (first == second)}
        parameters = {"predictions_sha256": first, "retrained": self.request.train is not None}
        n = len(subject.truth)
        self.add([writer.write("reproducibility", counts, n=n, parameters=parameters)])


def _part(given: Answers, rows: Any) -> Answers:
    probabilities = given.probabilities
    return Answers(given.decisions[rows], None if probabilities is None else probabilities[rows])


def _digest(given: Answers) -> str:
    values = given.decisions if given.probabilities is None else given.probabilities
    return digest(np.ascontiguousarray(values).tobytes())


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in used)
