"""Calls of language models."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types
from app.kit.db.migration_tables import create_table

revision = "0003_llm"
down_revision = "0002_ip"  # %= {{ '"0002_ip"' if cookiecutter.__llm_anonymous else '"0002"' }}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, with indexes for the totals of a day."""
    create_table(
        "llm_calls",
        sa.Column("quota_key", types.ExactString(64), nullable=False),
        sa.Column("model", types.ExactString(200), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", types.ExactString(40), nullable=False),
        # %if jwt
        sa.Column(
            "owner_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_llm_calls_owner_id_users", ondelete="SET NULL"),
            nullable=True,
        ),
        # %endif
    )
    op.create_index("ix_llm_calls_quota_key", "llm_calls", ["quota_key", "created_at"])
    covered = ["created_at", "prompt_tokens", "completion_tokens", "outcome"]
    op.create_index("ix_llm_calls_created_at", "llm_calls", covered)
    op.create_index("ix_llm_calls_owner_id", "llm_calls", ["owner_id", "created_at"])  # %if jwt


def downgrade() -> None:
    op.drop_table("llm_calls")
