"""Calls of language models."""

import sqlalchemy as sa
from alembic import op

from app.db import types

revision = "0003_llm"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with an index for the sum of somebody's day."""
    op.create_table(
        "llm_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer", types.ExactString(64), nullable=False),
        sa.Column("model", types.ExactString(200), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", types.ExactString(40), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),  # %if jwt
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        # %if jwt
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_llm_calls_owner_id_users", ondelete="CASCADE"
        ),
        # %endif
        sa.PrimaryKeyConstraint("id", name="pk_llm_calls"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    sums = ["payer", "created_at", "prompt_tokens", "completion_tokens"]
    op.create_index("ix_llm_calls_payer", "llm_calls", sums)
    # %if jwt
    op.create_index("ix_llm_calls_list_created_at", "llm_calls", ["owner_id", "created_at", "id"])
    # %endif


def downgrade() -> None:
    """Drop the table and all that is in it."""
    op.drop_table("llm_calls")
