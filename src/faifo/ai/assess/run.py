"""One assessment from request to evidence: what can be measured is, what cannot is said.

`progress` is told the name of each step with its number and the number of all. Run times are
returned apart from the evidence, which is the same on every run.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from faifo import clock
from faifo.ai.assess import membership, perturb, quality
from faifo.ai.assess.columns import MULTICLASS, REGRESSION, groups_of, is_fractional, numbers
from faifo.ai.assess.counted import evidence_of, selections, weighted_rates
from faifo.ai.assess.counting import count, rank, tally_of
from faifo.ai.assess.described import SEVERITIES
from faifo.ai.assess.engine import count_there, named
from faifo.ai.assess.exact import as_float, exact_sums
from faifo.ai.assess.labels import known_labels
from faifo.ai.assess.remote import Worker, spent
from faifo.ai.assess.request import FAMILIES, Request
from faifo.ai.assess.saying import said
from faifo.ai.assess.scoring import Answers
from faifo.ai.assess.shadowing import Shadows, cores
from faifo.ai.assess.subject import Subject, describe, prepare, table_of
from faifo.ai.assess.tables import Table, sha256_of
from faifo.ai.assess.tally import BinaryTally, Tally, scored
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Artefact, Evidence, EvidenceSet, RunTime, digest
from faifo.ai.metrics import cells
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

Progress = Callable[[str, int, int], None]


@dataclass
class Assessment:
    """What was found, what it cost, and what was taken for granted, as sentences."""

    found: EvidenceSet
    run_times: list[RunTime] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def assess(request: Request, progress: Progress = lambda *_: None) -> Assessment:
    """Measure everything that the request allows.

    Raises:
        FaifoError: the request, the data or the model is not usable; nothing was written.
    """
    request.check()
    if request.counts:
        return assess_in_parts(request, progress)
    run = _Run(request, progress)
    workers = _learners(request)
    with run.timed("read"):
        subject = prepare(request, workers)
    return run.measure(subject)


def _learners(request: Request) -> list[Worker]:
    """Return processes that load what training needs while the table is read."""
    if not request.train:
        return []
    attacked = request.lira and "membership" not in request.without
    workers = [Worker(request.train, "ours") for _ in range(cores() if attacked else 1)]
    for worker in workers:
        worker.tell({"do": "load"})
    return workers


def assess_in_parts(request: Request, progress: Progress, table: Table | None = None) -> Assessment:
    """Count a table with predictions part by part; memory holds one part and the counts."""
    run = _Run(request, progress)
    with run.timed("count"):
        if request.query:
            labels, counted = count_there(request)
        else:
            table = table or table_of(request)
            wanted = [name for name in (request.label, request.prediction) if name]
            labels = known_labels(table.of(wanted), request)
            counted = count(table, request, labels)
        tally = counted.tally
        check_references(request, tally)
    notes = tally.notes | contradictions(request, tally)
    with run.timed("rank"):
        ranks = counted.ranks if table is None else rank(table, request, labels, counted)
    sha256 = sha256_of(request.data) if table else named(request, tally)
    subject = Artefact(name=request.name, role="predictions", sha256=sha256)
    writer = Writer((subject,), request.minimum, request.seed, describe(request, notes))
    with run.timed("figures"):
        if request.label:
            run.add(evidence_of(tally, writer, request.references, ranks))
            run.weigh(tally, writer)
        elif isinstance(tally, BinaryTally):
            run.add(selections(tally, writer, request.references))
    with run.timed("data-quality"):
        if run.wants("data-quality"):
            run.quality(counted.seen, {}, writer)
    for family in ("robustness", "attribute-flip", "membership", "reproducibility"):
        if run.wants(family):
            run.missing[family] = "needs the model, and only its predictions were given"
    run.say_what_counts_missed(labels.task, tally)
    return run.result(labels.task, writer, table.remarks if table else ())


def contradictions(request: Request, tally: Tally) -> frozenset[str]:
    """Return what is to be said of decisions that are not those of the scores.

    Raises:
        SettingsError: they are of the other class in most rows.
    """
    if not isinstance(tally, BinaryTally) or not tally.against:
        return frozenset()
    rows = sum(tally.margin(())[()].table)
    if tally.against * 2 > rows:
        raise SettingsError(
            what=Phrase("errors.told.ai.run.contradict", threshold=f"{request.threshold:g}"),
            expected=Phrase("errors.told.ai.run.score"),
            advice=Phrase("errors.told.ai.run.favourable"),
        )
    return frozenset([said("decided-apart")])


def check_references(request: Request, tally: Tally) -> None:
    """Return if every reference value occurs.

    Raises:
        SettingsError: one does not.
    """
    for place, attribute in enumerate(tally.attributes):
        wanted = request.references.get(attribute)
        if wanted is not None and all(key[place] != wanted for key in tally.cells):
            raise SettingsError(
                what=Phrase("errors.told.ai.run.no-reference", attribute=attribute, wanted=wanted),
                expected=Phrase("errors.told.ai.run.value"),
            )


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

    def result(self, task: str, writer: Writer, remarks: Iterable[str]) -> Assessment:
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
        return Assessment(found, times, [*writer.common["assumptions"], *remarks])

    def measure(self, subject: Subject) -> Assessment:
        request, labels = self.request, subject.labels
        notes, tally = labels.notes, None
        if subject.ask is not None:
            with self.timed("count"):
                groups = groups_of(subject.test.told, request.groups)
                told, weight = subject.test.told, request.weight
                tally = tally_of(labels, subject.truth, subject.given, groups,
                                 weights=told[weight] if weight else None)  # fmt: skip
                check_references(request, tally)
            notes = tally.notes
        writer = Writer(subject.artefacts, request.minimum, request.seed, describe(request, notes))
        if tally is None:
            for family in FAMILIES:
                if family != "data-quality":
                    self.missing[family] = "no answers were given, and no model"
        else:
            with self.timed("fairness"):
                self.add(evidence_of(tally, writer, request.references))
                self.weigh(tally, writer)
                self.say_what_counts_missed(labels.task, tally)
            self._of_model(subject, writer)
        with self.timed("data-quality"):
            if self.wants("data-quality"):
                self._quality(subject, writer)
        return self.result(labels.task, writer, subject.remarks)

    def _of_model(self, subject: Subject, writer: Writer) -> None:
        """Measure what only a model can be asked; shadow models learn meanwhile."""
        attacked = "membership" not in self.request.without and self.request.lira
        sure = subject.given.probabilities is not None
        shadows = subject.shadows() if subject.shadows and attacked and sure else None
        with self.timed("robustness"):
            if self.wants("robustness"):
                self._try("robustness", self._robustness, subject, writer)
        with self.timed("attribute-flip"):
            if self.wants("attribute-flip"):
                self._try("attribute-flip", self._flips, subject, writer)
        with self.timed("membership"):
            if self.wants("membership"):
                self._membership(subject, writer, shadows)
        with self.timed("reproducibility"):
            if self.wants("reproducibility"):
                self._repeat(subject, writer)

    def say_what_counts_missed(self, task: str, tally: Tally) -> None:
        for family in ("performance", "fairness", "calibration"):
            if family in self.request.without:
                self.missing[family] = "left out by request"
        if self.request.label is None:
            self.missing["performance"] = "no label was given"
        if not self.request.groups:
            self.missing["fairness"] = "no group column was named"
        if task == REGRESSION or not scored(tally):
            self.missing["calibration"] = "there are no scores of classes"

    def weigh(self, tally: Tally, writer: Writer) -> None:
        """Add the rates of rows that stand for more or fewer people than one."""
        if self.request.weight is None:
            return
        if isinstance(tally, BinaryTally):
            self.add([weighted_rates(tally, writer, self.request.weight)])
        else:
            self.missing["weights"] = "defined for two classes only"

    def _sample(self, rows: int) -> Any:
        if rows <= self.request.rows:
            return np.arange(rows)
        rng = perturb.stream(self.request.seed, "rows")
        return np.sort(rng.permutation(rows)[: self.request.rows])

    def _try(self, family: str, measure: Callable[..., None], *about: Any) -> None:
        """Measure, or say that the model has no usable answer to rows that were changed."""
        try:
            measure(*about)
        except SettingsError:
            self.missing[family] = "the model has no usable answer to changed rows"

    def _robustness(self, subject: Subject, writer: Writer) -> None:
        assert subject.ask is not None  # noqa: S101 - there is a model
        rows = self._sample(subject.test.told.height)
        inputs = subject.test.inputs[rows]
        runs = perturb.robustness(
            inputs,
            _part(subject.given, rows),
            subject.truth[rows],
            subject.ask,
            self._about(subject),
        )
        parameters = {"severities": list(SEVERITIES), "rows": len(rows)}
        self.add(
            [
                writer.write(
                    "robustness", {"runs": runs}, n=len(rows), parameters=parameters, seeded=True
                )
            ]
        )

    def _flips(self, subject: Subject, writer: Writer) -> None:
        assert subject.ask is not None  # noqa: S101 - there is a model
        rows = self._sample(subject.test.told.height)
        inputs = subject.test.inputs[rows]
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

    def _membership(self, subject: Subject, writer: Writer, shadows: Shadows | None) -> None:
        if subject.ask is None or subject.training is None:
            self.missing["membership"] = "needs the model and the rows that it was trained on"
            return
        truth = subject.labels.of(subject.training.told[self.request.truth])
        learned = subject.ask(subject.training.inputs)
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
        self._lira(
            subject, writer, shadows, np.concatenate(sides), np.concatenate([truth, subject.truth])
        )

    def _lira(
        self,
        subject: Subject,
        writer: Writer,
        shadows: Shadows | None,
        confidence: Any,
        labels: Any,
    ) -> None:
        if not self.request.lira:
            self.missing["membership lira"] = "left out by request"
            return
        if shadows is None or subject.training is None:
            self.missing["membership lira"] = "needs a model that can be trained again"
            return
        first = subject.training.told.height

        def answered() -> Iterator[Any]:
            for done, matrix in enumerate(shadows.answers(), 1):
                yield subject.shadowed(matrix)
                self._progress("membership lira", done, membership.SHADOWS)

        scores = membership.lira_scores(confidence, labels, shadows.inside, answered())
        counts = membership.attack_counts(scores[:first], scores[first:], self.request.minimum)
        parameters = {"shadow_models": membership.SHADOWS}
        self.add(
            [
                writer.write(
                    "membership-lira", counts, n=len(labels), parameters=parameters, seeded=True
                )
            ]
        )

    def quality(self, seen: quality.Seen, more: dict[str, Any], writer: Writer) -> None:
        """Add what the columns are like."""
        minimum = self.request.minimum
        counts, notes = seen.counts(minimum)
        self.add([writer.write("data-quality", counts | more, n=seen.rows, suppressed=notes)])
        quasi = self.request.quasi or self.request.groups
        crowds = seen.anonymity(minimum)
        if crowds is not None:
            parameters = {"quasi_identifiers": list(quasi)}
            self.add([writer.write("k-anonymity", crowds, n=seen.rows, parameters=parameters)])
        else:
            self.missing["k-anonymity"] = (
                "too many different crowds to be counted" if quasi
                else "no column was named that might single out a person")  # fmt: skip

    def _quality(self, subject: Subject, writer: Writer) -> None:
        request, whole, training = self.request, subject.whole, subject.training
        told = [name for name in whole.told.columns if name not in whole.inputs.columns]
        read = whole.inputs.with_columns(whole.told[name] for name in told)
        read = read.with_columns(whole.told[name] for name in request.quasi or request.groups)
        classes = subject.labels.task != REGRESSION
        more = quality.repetitions(
            whole.inputs, whole.told[request.truth], request.minimum, classes=classes
        )
        self.quality(quality.Seen.of(read, request, subject.labels), more, writer)
        if training is not None:
            first, second = training.inputs, subject.test.inputs
            common = [name for name in second.columns if name in first.columns]
            counts, notes = quality.drift_counts(first[common], second[common], request.minimum)
            n = training.told.height + subject.test.told.height
            self.add([writer.write("drift", counts, n=n, suppressed=notes)])

    def _compare(self, subject: Subject, writer: Writer) -> None:
        """Compare the answers with those of the model that the file was made from."""
        if self.request.original is None:
            return
        given, labels = subject.given, subject.labels
        column = subject.test.told[self.request.original]
        n = len(given.decisions)
        counts: dict[str, Any] = {"rows": n}
        ours = given.decisions if labels.task == REGRESSION else given.scores
        theirs: Any = None
        if labels.task != MULTICLASS and ours is not None and is_fractional(column):
            theirs = numbers(column, "original")
            gaps = np.abs(ours - theirs)
            counts["gap_sum"] = as_float(exact_sums(gaps, np.zeros(n, dtype=np.int64), 1)[0])
            counts["largest_gap"] = float(gaps.max())
        if labels.task != REGRESSION:
            decided = labels.decided(column) if theirs is None else theirs >= self.request.threshold
            different = int((given.decisions != decided).sum())
            counts |= cells.bounded("different", different, n, self.request.minimum)
        self.add([writer.write("same-as-original", counts, n=n)])

    def _repeat(self, subject: Subject, writer: Writer) -> None:
        assert subject.again is not None  # noqa: S101 - there is a model
        self._compare(subject, writer)
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
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime + spent()
