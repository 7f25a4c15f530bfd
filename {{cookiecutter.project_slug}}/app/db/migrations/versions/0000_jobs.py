"""Background jobs."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, with its indexes."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", types.ExactString(100), nullable=False),
        sa.Column("arguments", types.LongText(), nullable=False),
        sa.Column("queue", types.ExactString(50), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("owner", types.ExactString(64), nullable=False),
        sa.Column("unique_key", types.ExactString(200), nullable=True),
        sa.Column("schedule", sa.String(100), nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(1000), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("unique_key", name="uq_jobs_unique_key"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    due = ["due_at", "queue", "priority", "owner", "name"]
    op.create_index("ix_jobs_due_at", "jobs", due)
    op.create_index("ix_jobs_owner", "jobs", ["owner", "started_at"])
    op.create_index("ix_jobs_status", "jobs", ["status", "finished_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jobs")
