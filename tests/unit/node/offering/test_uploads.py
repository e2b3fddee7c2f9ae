from __future__ import annotations

import os
from pathlib import Path

from faifo import clock
from faifo.node.offering.uploads import UNPUBLISHED, Uploads
from faifo.store.contract import Store, Transaction
from faifo.store.records import Dataset, SourceKind, StoredSource


async def test_what_is_published_is_looked_for_once_a_day_and_what_is_not_goes(
    store: Store, tmp_path: Path
) -> None:
    uploads = Uploads(tmp_path, limit=1000)
    before = (clock.now() - UNPUBLISHED).timestamp() - 1
    for name in ("published", "left"):
        place = uploads.folder / name
        place.mkdir(parents=True)
        (place / "a.csv").write_text("x")
        os.utime(place, (before, before))
    source = StoredSource(
        kind=SourceKind.FILE, location=str(uploads.folder / "published" / "a.csv")
    )

    async def publish(tx: Transaction) -> None:
        now = clock.now()
        await tx.datasets.put(
            Dataset(
                id="d", offer_id="o", title="t", media_type="text/csv", policy={}, source=source,
                published=now,
            )
        )  # fmt: skip

    await store.run(publish)
    await store.run(uploads.sweep)
    published = uploads.folder / "published"
    assert [one.name for one in uploads.folder.iterdir()] == ["published"]
    assert published.stat().st_mtime > before + UNPUBLISHED.total_seconds()
