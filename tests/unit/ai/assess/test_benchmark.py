"""Logs of language models: recomputed from their samples, with what failed in the divisor."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy", reason="needs faifo[ai]")

from faifo.ai.assess.benchmark import benchmark
from faifo.ai.evidence import Evidence, read_evidence, write_evidence
from faifo.errors import SettingsError


def inspect_log(scores: list[Any], **changed: Any) -> dict[str, Any]:
    """Return a log as inspect-ai 0.3 writes it; a text "!" is a sample that ended in an error."""
    samples = [
        {
            "id": i,
            "epoch": 1,
            "input": f"question {i}",
            "target": "yes",
            "scores": None if score in (None, "!") else {"match": {"value": score}},
            "error": {"message": "rate limit"} if score == "!" else None,
        }
        for i, score in enumerate(scores)
    ]
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "trivia",
            "task_version": 3,
            "model": "acme/small",
            "dataset": {"sample_ids": list(range(len(scores)))},
        },
        "plan": {},
        "results": {
            "scores": [{"name": "match", "metrics": {"accuracy": {"value": 1.0}}}],
        },
        "samples": samples,
    } | changed


def counted(path: Path, **asked: Any) -> Evidence:
    found = benchmark(path, **asked)
    assert read_evidence(write_evidence(found)) == found
    return found.evidence[0]


def written(path: Path, log: Any) -> Path:
    path.write_text(json.dumps(log))
    return path


def values(evidence: Evidence) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in evidence.figures}


@pytest.mark.parametrize("packed", [True, False])
def test_errors_and_gaps_of_an_inspect_log_count_as_not_right(tmp_path: Path, packed: bool):
    log = inspect_log(["C", "C", 1, "I", "!", None, float("nan"), "C"])
    path = tmp_path / "log.eval"
    if packed:
        samples = log.pop("samples")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.json", json.dumps(log))
            for sample in samples:
                archive.writestr(f"samples/{sample['id']}.json", json.dumps(sample))
    else:
        written(path, log)
    evidence = counted(path)
    assert evidence.counts == {"right": 4, "wrong": 1, "errors": 1, "missing": 2, "samples": 8}
    assert values(evidence) == {"accuracy": 0.5, "accuracy_of_scored": 0.8, "without_score": 0.375}
    told = evidence.parameters
    assert (told["task"], told["task_version"], told["scorer"]) == ("trivia", "3", "match")
    assert "The log states 1; recomputed from its samples it is 0.8" in told["assumptions"]


def test_words_are_scores_as_for_inspect(tmp_path: Path):
    log = inspect_log(["yes", "True", "C", "1", 1, True, "no", "False", "I", "0.0", False])
    counts = counted(written(tmp_path / "log.json", log)).counts
    assert (counts["right"], counts["wrong"]) == (6, 5)


def test_a_run_that_broke_off_tells_its_scorers_elsewhere(tmp_path: Path):
    log = inspect_log(["!", "!"])
    del log["results"]
    log["status"] = "error"
    log["eval"]["scorers"] = [{"name": "match"}]
    evidence = counted(written(tmp_path / "l.json", log))
    assert evidence.counts == {"right": 0, "wrong": 0, "errors": 2, "missing": 0, "samples": 2}


def test_an_archive_of_a_run_that_was_killed_has_no_header(tmp_path: Path):
    log = inspect_log(["C", "C", "I"])
    samples, _ = log.pop("samples"), log.pop("results")
    log["eval"] |= {"scorers": [{"name": "match"}], "dataset": {"sample_ids": [0, 1, 2, 3, 4]}}
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        begun = {name: log[name] for name in ("version", "eval", "plan")}
        archive.writestr("_journal/start.json", json.dumps(begun))
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
    assert counted(path).counts == {"right": 2, "wrong": 1, "errors": 0, "missing": 2, "samples": 5}


def test_a_scorer_with_several_values_is_taken_by_the_name_of_one(tmp_path: Path):
    """As inspect-ai 0.3 writes them: named in the results, and kept under the scorer's name."""
    log = inspect_log(["I", "I"])
    named = [{"name": name, "scorer": "both", "metrics": {}} for name in ("right", "polite")]
    log["results"]["scores"] = named
    for place, sample in enumerate(log["samples"]):
        sample["scores"] = {"both": {"value": {"right": float(place), "polite": 1.0}}}
    path = written(tmp_path / "l.json", log)
    assert counted(path, scorer="right").counts["right"] == 1
    assert counted(path, scorer="polite").counts["right"] == 2
    with pytest.raises(SettingsError, match="right, polite"):
        benchmark(path)


def test_samples_that_were_selected_and_never_ran_are_missing(tmp_path: Path):
    log = inspect_log(["C"] * 6)
    log["samples"] = log["samples"][:4]
    assert counted(written(tmp_path / "l.json", log)).counts["missing"] == 2


def test_the_digest_of_the_samples_has_no_order_and_knows_their_targets(tmp_path: Path):
    first = inspect_log(["C", "I"])
    other = inspect_log(["I", "C"])
    other["samples"].reverse()
    third = inspect_log(["C", "I"])
    third["samples"][0]["target"] = "no"
    digests = [
        counted(written(tmp_path / f"{i}.json", log)).parameters["sample_set_sha256"]
        for i, log in enumerate((first, other, third))
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("target", ["", " ", [], None, [""]])
def test_a_sample_without_a_target_is_refused(tmp_path: Path, target: Any):
    log = inspect_log(["C", "C"])
    log["samples"][1]["target"] = target
    with pytest.raises(SettingsError, match="a sample of trivia has no target"):
        benchmark(written(tmp_path / "l.json", log))


def test_scores_between_right_and_wrong_need_a_threshold(tmp_path: Path):
    path = written(tmp_path / "l.json", inspect_log(["P", "C", "I"]))
    with pytest.raises(SettingsError, match="--threshold"):
        benchmark(path)
    assert counted(path, threshold=0.5).counts["right"] == 2


def test_of_several_scorers_one_must_be_named(tmp_path: Path):
    log = inspect_log(["C", "I"])
    log["results"]["scores"].append({"name": "judge", "metrics": {}})
    path = written(tmp_path / "l.json", log)
    with pytest.raises(SettingsError, match="--scorer with one of match, judge"):
        benchmark(path)
    assert counted(path, scorer="match").counts["right"] == 1


def test_lm_eval_names_its_divisor_and_its_missing_samples(tmp_path: Path):
    lines = [
        {"doc_id": i, "doc": {"q": i}, "target": "1", "filter": "none",
         "metrics": ["acc", "acc_norm"], "acc": float(i % 2), "acc_norm": 1.0}
        for i in range(10)
    ]  # fmt: skip
    path = tmp_path / "samples_arc_vi_2026-11-01T00-00-00.000000.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    written(
        tmp_path / "results_2026-11-01T00-00-00.000000.json",
        {"results": {"arc_vi": {"acc,none": 0.5, "acc_norm,none": 1.0}}, "model_name": "m",
         "versions": {"arc_vi": 1.1}, "n-samples": {"arc_vi": {"effective": 12}}},
    )  # fmt: skip
    with pytest.raises(SettingsError, match="--scorer with one of acc, acc_norm"):
        benchmark(path)
    evidence = counted(path, scorer="acc_norm")
    assert evidence.counts == {"right": 10, "wrong": 0, "errors": 0, "missing": 2, "samples": 12}
    assert evidence.parameters["task_version"] == "1.1"
    assert (
        "The score of each answer was divided by its length in characters before one was taken"
        in evidence.parameters["assumptions"]
    )


def promptfoo(asserted: list[Any]) -> dict[str, Any]:
    outcomes = [(True, 0), (False, 1), (False, 2)]
    return {
        "evalId": "eval-1",
        "config": {"description": "loan letters"},
        "metadata": {"promptfooVersion": "0.120.1"},
        "results": {
            "results": [
                {"testIdx": i, "promptIdx": 0, "provider": {"id": "acme:small"},
                 "vars": {"q": i}, "success": right, "failureReason": reason,
                 "testCase": {"assert": asserted}}
                for i, (right, reason) in enumerate(outcomes)
            ]
        },
    }  # fmt: skip


def test_promptfoo_errors_are_no_wrong_answers(tmp_path: Path):
    path = written(tmp_path / "l.json", promptfoo([{"type": "equals", "value": "yes"}]))
    evidence = counted(path)
    assert evidence.counts == {"right": 1, "wrong": 1, "errors": 1, "missing": 0, "samples": 3}
    assert evidence.parameters["task"] == "loan letters"
    entries = json.loads(path.read_text())["results"]["results"]
    lines = tmp_path / "l.jsonl"
    lines.write_text("\n".join(map(json.dumps, entries)) + "\n")
    assert counted(lines).counts == evidence.counts


LOGS = Path(__file__).parent / "logs"


@pytest.mark.parametrize(
    ("pattern", "scorer", "right", "wrong", "errors", "missing"),
    [
        ("inspect.json", "match", 1, 3, 1, 0),
        ("inspect.json", "unsure", 3, 0, 1, 1),
        ("samples_arc_vi_*.jsonl", "acc", 2, 1, 0, 0),
        ("samples_arc_vi_*.jsonl", "acc_norm", 3, 0, 0, 0),
        ("samples_gen_vi_*.jsonl", "exact_match,strict", 0, 3, 0, 0),
        ("promptfoo.json", None, 1, 1, 1, 0),
    ],
)
def test_logs_that_the_tools_wrote_are_read(pattern, scorer, right, wrong, errors, missing):
    (path,) = LOGS.glob(pattern)
    evidence = counted(path, scorer=scorer)
    told = {"right": right, "wrong": wrong, "errors": errors, "missing": missing}
    assert evidence.counts == told | {"samples": sum(told.values())}
    assert evidence.parameters["scorer"] == (scorer or "assertions")
    assert evidence.parameters["epochs"] == (2 if scorer is None else 1)
    assert not [one for one in evidence.parameters["assumptions"] if "states" in one]


def test_a_filter_of_lm_eval_is_a_part_of_the_scorers_name():
    (path,) = LOGS.glob("samples_gen_vi_*.jsonl")
    for named in (None, "exact_match"):
        with pytest.raises(SettingsError, match="one of exact_match,flexible, exact_match,strict"):
            benchmark(path, named)


def test_promptfoo_cases_that_assert_nothing_are_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match="no target"):
        benchmark(written(tmp_path / "l.json", promptfoo([])))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b'{"results": 3}', b"\xff\xfe", b"PK\x05\x06" + b"\0" * 18]
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, body: bytes):
    path = tmp_path / "log"
    path.write_bytes(body)
    with pytest.raises(SettingsError, match="the log log has another form"):
        benchmark(path)
