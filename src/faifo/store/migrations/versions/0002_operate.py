"""Answers of the management API, kept for requests with an Idempotency-Key."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """CREATE TABLE kept_answer (
        holder TEXT NOT NULL, key TEXT NOT NULL, expires TEXT NOT NULL,
        version BIGINT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (holder, key))""",
    "CREATE INDEX kept_answer_expires ON kept_answer (expires)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
