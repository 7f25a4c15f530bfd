"""Statistical models."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types
from app.kit.db.migration_tables import create_table

revision = "0004_statistical"
down_revision = "0003_llm"  # %= {{ '"0003_llm"' if cookiecutter.__llm else '"0002"' }}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, with an index for the queue and one for lists."""
    create_table(
        "statistical_models",
        sa.Column("name", types.ExactString(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(1000), nullable=True),
        sa.Column("training_spec", types.LongText(), nullable=False),
        sa.Column("result", types.LongText(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("lease_expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        # %if jwt
        sa.Column(
            "owner_id",
            sa.Uuid(),
            sa.ForeignKey(
                "users.id", name="fk_statistical_models_owner_id_users", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        # %endif
        sa.UniqueConstraint(
            "owner_id",  # %if jwt
            "name",
            "version",
            name="uq_statistical_models_version",
        ),
    )
    queue = ["status", "turn", "id"]
    op.create_index("ix_statistical_models_status", "statistical_models", queue)
    columns = ["created_at", "id"]
    columns.insert(0, "owner_id")  # %if jwt
    op.create_index("ix_statistical_models_list_created_at", "statistical_models", columns)
    create_table(
        "training_turns",
        sa.Column("turn", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables. The files of models are kept."""
    op.drop_table("training_turns")
    op.drop_table("statistical_models")
