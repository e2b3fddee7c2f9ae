"""Evidence `benchmark-accuracy` from the log of a language model's answers."""

from __future__ import annotations

from pathlib import Path

from faifo.ai.assess.logs import counts_of, read_log
from faifo.ai.assess.saying import said
from faifo.ai.assess.tables import sha256_of
from faifo.ai.assess.writing import Writer
from faifo.ai.evidence import Artefact, EvidenceSet

TASK = "benchmark"


def benchmark(path: Path, scorer: str | None = None, threshold: float | None = None) -> EvidenceSet:
    """Return what the samples of a log tell, recomputed from their scores.

    Args:
        path: the log.
        scorer: whose scores are taken, where there are several.
        threshold: a sample is right from this score on; nothing: scores are 0 or 1.

    Raises:
        FaifoError: the log cannot be read, or a sample has no target.
    """
    log = read_log(path, scorer)
    counts = counts_of(log, threshold)
    scored = counts["right"] + counts["wrong"]
    notes = [
        said("right-from", threshold=f"{1.0 if threshold is None else threshold:g}"),
        said("errors-wrong"),
    ]
    epochs = max(map(len, log.scores.values()), default=1)
    if epochs > 1:
        notes.append(said("reduced", epochs=str(epochs)))
    if log.divisor:
        notes.append(said("divisor", divisor=log.divisor))
    ours = counts["right"] / scored if scored else None
    if log.stated is not None and (ours is None or abs(log.stated - ours) > 1e-9):
        notes.append(said("stated", stated=f"{log.stated:.6g}", ours=str(ours and f"{ours:.6g}")))
    parameters = {
        "tool": log.tool,
        "task": log.task,
        "task_version": log.version,
        "scorer": log.scorer,
        "model": log.model,
        "sample_set_sha256": log.sample_set,
        "epochs": epochs,
        "assumptions": sorted(notes),
    }
    subject = Artefact(name=path.name, role="predictions", sha256=sha256_of(path))
    # Samples of a benchmark are no people: each count may leave.
    writer = Writer((subject,), 1, 0, parameters)
    found = writer.write("benchmark-accuracy", counts, n=counts["samples"])
    return EvidenceSet(task=TASK, evidence=(found,))
