"""The provider publishes two tables under terms."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from faifo import clock
from faifo.client.records import Dataset, Publication
from faifo.demo.stage import TERMS_PURPOSES, Stage
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
            kept = await stage.provider.publish(
                Publication(
                    id=dataset,
                    location=str(path),
                    title=tell.phrase(f"publishing.{dataset}-title"),
                    licence=licence,
                    media_type="text/csv",
                    terms=agreed,
                )
            )
            facts["size"] = tell.size(kept.size or 0)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stage.ensure(kept.sha256 == digest, "published-digest", kept.sha256)
        published.append(kept)
        tell.note("publishing.digest", sha256=digest)
    _tell_terms(stage, published[-1])


def _tell_terms(stage: Stage, dataset: Dataset) -> None:
    """Say the terms as they stand in the offer, not as they were meant."""
    for rule in dataset.policy["permission"]:
        for constraint in rule["constraint"]:
            right = constraint["rightOperand"]
            stage.tell.note(
                "publishing.term",
                left=constraint["leftOperand"],
                operator=constraint["operator"],
                right=", ".join(right) if isinstance(right, list) else right,
            )
