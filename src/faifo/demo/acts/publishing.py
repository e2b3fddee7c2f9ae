"""The provider publishes two tables under terms."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from faifo import clock
from faifo.api.datasets import Dataset, Publication
from faifo.demo.stage import TERMS_PURPOSES, Stage
from faifo.policy.spelling import term
from faifo.policy.terms import Terms

ECONOMIES = "economies"
AIRPORTS = "airports"


def terms(stage: Stage) -> Terms:
    """Return the terms of everything here: this consumer, these purposes, a year."""
    return Terms(
        until=clock.now().replace(microsecond=0) + timedelta(days=365),
        recipients=(stage.cast.consumer.did,),
        purposes=TERMS_PURPOSES,
    )


async def publish_table(
    stage: Stage, dataset: str, file: Path, licence: str, title: str, *, agreed: Terms
) -> Dataset:
    """Publish a file under terms."""
    return await stage.provider.publish(
        Publication(
            id=dataset,
            location=str(file),
            title=title,
            licence=licence,
            media_type="text/csv",
            terms=agreed,
        )
    )


async def play(stage: Stage) -> None:
    tell = stage.tell
    tell.act("publishing")
    agreed = terms(stage)
    published = []
    for dataset, file, licence in (
        (ECONOMIES, "economies.csv", "Apache-2.0"),
        (AIRPORTS, "airports.csv", "MIT"),
    ):
        path = stage.cast.published / file
        with tell.step(f"publishing.{dataset}") as facts:
            title = tell.phrase(f"publishing.{dataset}-title")
            kept = await publish_table(stage, dataset, path, licence, title, agreed=agreed)
            facts["size"] = tell.size(kept.size or 0)
        size = path.stat().st_size
        stage.ensure(kept.size == size, "published-size", kept.size)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stage.ensure(kept.sha256 == digest, "published-digest", kept.sha256)
        published.append(kept)
        tell.note("publishing.digest", sha256=digest)
        tell.note(f"publishing.{dataset}-source")
    _tell_terms(stage, published[-1], agreed)


def _tell_terms(stage: Stage, dataset: Dataset, agreed: Terms) -> None:
    """Say the terms as they stand in the offer, not as they were meant."""
    told: dict[str, object] = {}
    for rule in dataset.policy["permission"]:
        for constraint in rule["constraint"]:
            right = constraint["rightOperand"]
            told[term(constraint["leftOperand"])] = right
            stage.tell.note(
                "publishing.term",
                left=constraint["leftOperand"],
                operator=constraint["operator"],
                right=", ".join(right) if isinstance(right, list) else right,
            )
    meant = {
        "dateTime": agreed.until,
        "recipient": agreed.recipients[0],
        "purpose": list(agreed.purposes),
    }
    read = {**told, "dateTime": datetime.fromisoformat(str(told.get("dateTime")))}
    stage.ensure(read == meant, "terms-as-meant", told)
