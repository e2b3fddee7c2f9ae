"""Publishing the rows of a query: run once when it is published, to see that it can be."""

from __future__ import annotations

from collections.abc import Mapping

from faifo.dataplane.locations import QUERY
from faifo.dataplane.tables import CSV, FORMS, ColumnError, TableError, check
from faifo.errors import SettingsError
from faifo.phrases import Phrase
from faifo.store.records import SourceKind, StoredSource


def query_source(
    location: str, *, media_type: str | None, credentials: str | None, options: Mapping[str, str]
) -> StoredSource:
    """Return the query in `location` (`sql:SELECT …`) as a source; the database is in `options`.

    Raises:
        SettingsError: no database, a query that it does not answer, a column whose values would
            not arrive as they are, or a media type that rows cannot have.
    """
    if (media_type or CSV) not in FORMS:
        raise SettingsError(
            what=Phrase("errors.told.table.form", media_type=media_type),
            expected=Phrase("errors.told.table.forms", forms=", ".join(FORMS)),
        )
    sql = location.removeprefix(QUERY).strip().removesuffix(";")
    try:
        check(sql, options)
    except ColumnError as error:
        raise SettingsError(
            what=Phrase("errors.told.table.column", column=error.column, kind=error.kind),
            expected=Phrase("errors.told.table.plain"),
        ) from None
    except TableError as error:
        raise SettingsError(
            what=Phrase("errors.told.table.unanswered", why=str(error)),
            expected=Phrase("errors.told.table.answered"),
        ) from None
    return StoredSource(kind=SourceKind.QUERY, location=sql, credentials=credentials)
