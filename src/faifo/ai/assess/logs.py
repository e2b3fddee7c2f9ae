"""Read what a language model answered to a benchmark: logs of Inspect, lm-eval and promptfoo.

The scores of the samples are read, never the log's own totals: those leave out what failed. A
sample without a target is refused, because scorers that look for nothing find it everywhere.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from faifo.ai.evidence import canonical, digest
from faifo.errors import NotFoundError, SettingsError, TooLargeError
from faifo.phrases import Phrase

MAX_BYTES: Final = 2**30
# As Inspect's own value_to_float reads them.
_LETTERS: Final = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS: Final = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
# What lm-eval divides the likelihood of each answer by before it takes the highest.
_DIVISORS: Final = {"acc": "nothing", "acc_norm": "its length in characters",
                    "acc_bytes": "its length in bytes"}  # fmt: skip
ERROR: Final = "error"


@dataclass
class Log:
    """One run of one task; `scores` holds each sample's score, `error`, or nothing."""

    tool: str
    task: str
    version: str
    scorer: str
    model: str
    scores: dict[str, list[float | str | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # Samples that were selected; those that are not in the log are missing.
    selected: int = 0
    stated: float | None = None
    divisor: str = ""

    def add(self, name: object, asked: Any, target: Any, score: float | str | None) -> None:
        """Add a sample, or one more attempt at it.

        Raises:
            SettingsError: it has no target.
        """
        if target is None or str(target).strip() == "" or target in ([], {}, [""]):
            raise SettingsError(
                what=Phrase("errors.told.ai.log.no-target", task=self.task),
                expected=Phrase("errors.told.ai.log.target"),
                advice=Phrase("errors.told.ai.log.finds"),
            )
        name = str(name)
        if name not in self.scores:
            self.asked.append(digest(canonical([name, asked, target])))
        self.scores.setdefault(name, []).append(score)

    @property
    def sample_set(self) -> str:
        """The digest of all samples with their targets, in any order."""
        return digest("\n".join(sorted(self.asked)).encode())


def read_log(path: Path, scorer: str | None = None) -> Log:
    """Return the log in a file; which tool wrote it is told by its content.

    Args:
        path: Inspect's .eval or .json, lm-eval's samples_….jsonl, promptfoo's .json or .jsonl.
        scorer: whose scores are taken, where there are several.

    Raises:
        NotFoundError, TooLargeError, SettingsError: with the reason.
    """
    if not path.is_file():
        raise NotFoundError(what=Phrase("errors.told.ai.log.thing"), name=str(path))
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.ai.log.the", name=path.name), limit=MAX_BYTES)
    try:
        if zipfile.is_zipfile(path):
            return _inspect(*_packed(path), scorer)
        with path.open("rb") as file:
            line = file.readline()
        if b'"doc_id"' in line:
            return _lm_eval(path, scorer)
        if path.suffix == ".jsonl":
            return _promptfoo({"results": {"results": _lines(path)}})
        whole = json.loads(path.read_bytes())
        if "eval" in whole and "plan" in whole:
            return _inspect(whole, whole.get("samples") or [], scorer)
        return _promptfoo(whole)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError,
            NotImplementedError, zipfile.BadZipFile):  # fmt: skip
        raise SettingsError(
            what=Phrase("errors.told.ai.log.form", name=path.name),
            expected=Phrase("errors.told.ai.log.wanted"),
            advice=Phrase("errors.told.ai.log.zstandard"),
        ) from None


def _packed(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    with suppress(ImportError):  # comes with Inspect: its archives are packed by Zstandard
        import_module("zipfile_zstd")
    archive = zipfile.ZipFile(path)
    if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
        raise TooLargeError(
            what=Phrase("errors.told.ai.log.unpacked", name=path.name), limit=MAX_BYTES
        )
    names = [name for name in archive.namelist() if name.startswith("samples/")]
    # What was killed has no header: what it began with is in its journal.
    header = "header.json" if "header.json" in archive.namelist() else "_journal/start.json"
    whole = json.loads(archive.read(header))
    return whole, (json.loads(archive.read(name)) for name in names)


def _inspect(whole: dict[str, Any], samples: Iterable[dict[str, Any]], scorer: str | None) -> Log:
    told, results = whole["eval"], whole.get("results") or {}
    stated = results.get("scores") or []
    # A run that broke off has no results. A scorer may give several values, each with a name.
    scorer = _one(scorer, [entry["name"] for entry in stated or told.get("scorers") or []])
    entry: dict[str, Any] = next((entry for entry in stated if entry["name"] == scorer), {})
    log = Log("inspect", str(told["task"]), str(told.get("task_version", "")), scorer,
              str(told.get("model", "")))  # fmt: skip
    for sample in samples:
        score = (sample.get("scores") or {}).get(entry.get("scorer") or scorer)
        value = score["value"] if score else None
        value = value.get(scorer) if isinstance(value, dict) else value
        failed = sample.get("error") or sample.get("invalidation")
        log.add(sample["id"], sample.get("input"), sample.get("target"),
                ERROR if failed else None if value is None else _value(value))  # fmt: skip
    chosen = told["dataset"].get("sample_ids")
    log.selected = len(chosen) if chosen else 0
    log.stated = ((entry.get("metrics") or {}).get("accuracy") or {}).get("value")
    return log


def _value(value: Any) -> float | None:
    if isinstance(value, str):
        value = _LETTERS.get(value, _WORDS.get(value.lower(), value))
    score = float(value)
    return score if math.isfinite(score) else None


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _lm_eval(path: Path, scorer: str | None) -> Log:
    lines = _lines(path)
    known = [name for name in lines[0].get("metrics") or [] if name in lines[0]]
    scorer = _one(scorer, known or [n for n in (*_DIVISORS, "exact_match") if n in lines[0]])
    # Of an answer, each filter takes another part: what is scored is named by both.
    named, _, chosen = scorer.partition(",")
    filters = sorted({str(line.get("filter", "none")) for line in lines})
    if len(filters) > 1:
        scorer = _one(scorer if chosen else None, [f"{named},{one}" for one in filters])
        chosen = scorer.partition(",")[2]
        lines = [line for line in lines if str(line.get("filter", "none")) == chosen]
    task = path.stem.removeprefix("samples_").rpartition("_")[0] or path.stem
    log = Log("lm-eval", task, "", scorer, "", divisor=_DIVISORS.get(named, ""))
    for results in sorted(path.parent.glob("results_*.json")):
        whole = json.loads(results.read_bytes())
        if task in whole.get("versions", {}):
            log.version, log.model = str(whole["versions"][task]), str(whole.get("model_name", ""))
            log.selected = int(whole.get("n-samples", {}).get(task, {}).get("effective", 0))
            stated = whole["results"][task]
            log.stated = stated.get(f"{named},{chosen or filters[0]}")
    for line in lines:
        value = line.get(named)
        asked = line.get("doc_hash") or line.get("doc")
        log.add(line["doc_id"], asked, line.get("target"), None if value is None else _value(value))
    return log


def _promptfoo(whole: dict[str, Any]) -> Log:
    results = whole["results"]
    entries = results["results"]
    pairs = {(str(e["provider"]["id"]), e.get("promptIdx", 0)) for e in entries}
    if len(pairs) != 1:
        raise SettingsError(
            what=Phrase("errors.told.ai.log.pairs", pairs=len(pairs)),
            expected=Phrase("errors.told.ai.log.of-one"),
            advice=Phrase("errors.told.ai.log.filter"),
        )
    version = str((whole.get("metadata") or {}).get("promptfooVersion", ""))
    task = str((whole.get("config") or {}).get("description") or whole.get("evalId") or "")
    log = Log("promptfoo", task, version, "assertions", next(iter(pairs))[0])
    for entry in entries:
        failed = entry.get("failureReason") == 2 or (
            entry.get("error") and not entry.get("gradingResult")
        )
        case = entry.get("testCase") or {}
        asserted = case.get("assert") or []
        score: float | str = ERROR if failed else float(bool(entry["success"]))
        # A test that is repeated has a number each time, and is one sample.
        asked = [entry.get("vars"), case]
        log.add(digest(canonical(asked)), entry.get("vars"), asserted, score)
    return log


def _one(wanted: str | None, known: list[str]) -> str:
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted is None or (wanted.split(",")[0] not in known and wanted not in known):
        raise SettingsError(
            what=Phrase("errors.told.ai.log.scorers")
            if wanted is None
            else Phrase("errors.told.ai.log.no-scorer", wanted=wanted),
            expected=Phrase("errors.told.ai.log.scorer", known=", ".join(known[:20])),
        )
    return wanted


def counts_of(log: Log, threshold: float | None) -> dict[str, int]:
    """Return how many samples are right, wrong, in error and without a score.

    Raises:
        SettingsError: a score is neither 0 nor 1, and nobody said from where on it is right.
    """
    counts = dict.fromkeys(("right", "wrong", "errors", "missing"), 0)
    for attempts in log.scores.values():
        scores = [score for score in attempts if isinstance(score, float)]
        if ERROR in attempts:
            counts["errors"] += 1
        elif len(scores) < len(attempts):
            counts["missing"] += 1
        else:
            mean = math.fsum(scores) / len(scores)
            if threshold is None and mean not in (0.0, 1.0):
                raise SettingsError(
                    what=Phrase("errors.told.ai.log.between", task=log.task),
                    expected=Phrase("errors.told.ai.log.threshold"),
                )
            limit = 1.0 if threshold is None else threshold
            counts["right" if mean >= limit else "wrong"] += 1
    counts["missing"] += max(0, log.selected - len(log.scores))
    return counts | {"samples": sum(counts.values())}
