"""The register and a table of jobs cross the border under terms; another purpose does not."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from faifo import mission
from faifo.demo import tables
from faifo.demo.acts import refusing
from faifo.demo.acts.fetching import bring_at_once
from faifo.demo.acts.publishing import publish_table, terms
from faifo.demo.stage import FOREIGN_PURPOSE, PURPOSE, TERMS_PURPOSES, Stage
from faifo.mission import register

REGISTER = "register"
JOBS = "jobs"
LICENCES = {REGISTER: "Apache-2.0", JOBS: "MIT"}
WORST = ("1982", "9.7")
"""The year in which most were without work, and how many of a hundred: of the whole table."""


async def play(stage: Stage) -> None:
    tell, cast, agreed = stage.tell, stage.cast, terms(stage)
    tell.act("sharing")
    path = cast.published / f"{REGISTER}.csv"
    path.write_text(register.as_csv(tell.lang), encoding="utf-8")
    offered = {REGISTER: path, JOBS: cast.published / tables.JOBS.name}
    with tell.step("sharing.published") as facts:
        for name, file in offered.items():
            title = tell.phrase(f"sharing.{name}-title")
            kept = await publish_table(stage, name, file, LICENCES[name], title, agreed=agreed)
            facts[name] = tell.size(kept.size or 0)
        facts["until"] = f"{agreed.until:%Y-%m-%d}"
        facts["purposes"] = ", ".join(TERMS_PURPOSES)
    for name, file in offered.items():
        _type_offer(stage, name, file)
    await _register(stage)
    await _jobs(stage)
    await refusing.at_home(stage, REGISTER, told=False)
    told = f"{cast.provider.nick} {REGISTER} --purpose {FOREIGN_PURPOSE}"
    tell.typed(f"get {told} --dir {cast.consumer.nick}")
    await refusing.at_the_provider(stage, REGISTER, named=False)


def _type_offer(stage: Stage, name: str, file: Path) -> None:
    agreed, cast = terms(stage), stage.cast
    purposes = " ".join(f"--purpose {one}" for one in agreed.purposes)
    offer = f"published/{file.name} --id {name} --until {agreed.until:%Y-%m-%d} {purposes}"
    stage.tell.typed(f"publish {offer} --recipient {cast.consumer.did} --dir {cast.provider.nick}")


async def _register(stage: Stage) -> None:
    """What arrives is the register of this program, row by row."""
    tell = stage.tell
    with tell.step("sharing.register") as facts:
        arrived = await bring_at_once(stage, REGISTER)
        rows = list(csv.DictReader(arrived.read_text("utf-8").splitlines()))
        own = list(msgspec.to_builtins(register.rows(tell.lang)))
        stage.ensure(rows == own, "same-register", len(rows))
        nothing = sum(not one.answer and one.software for one in mission.asked())
        facts.update(size=tell.size(arrived.stat().st_size), count=len(rows), nothing=nothing)
    _type_get(stage, REGISTER)


async def _jobs(stage: Stage) -> None:
    tell = stage.tell
    with tell.step("sharing.jobs") as facts:
        arrived = await bring_at_once(stage, JOBS)
        rows = csv.DictReader(arrived.read_text("utf-8").splitlines())
        worst = max(rows, key=lambda row: float(row["unem"]))
        stage.ensure((worst["year"], worst["unem"]) == WORST, "worst-year", worst)
        share = tell.number(float(worst["unem"]), digits=1)
        facts.update(size=tell.size(arrived.stat().st_size), year=worst["year"], share=share)
    _type_get(stage, JOBS)
    tell.note("sharing.source")


def _type_get(stage: Stage, dataset: str) -> None:
    told = f"{stage.cast.provider.nick} {dataset} --purpose {PURPOSE} -o {dataset}.csv"
    stage.tell.typed(f"get {told} --dir {stage.cast.consumer.nick}")
