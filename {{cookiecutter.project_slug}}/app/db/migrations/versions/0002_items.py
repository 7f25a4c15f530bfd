"""Items."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types
from app.kit.db.migration_tables import create_table

revision = "0002"
down_revision = "0001"  # %= {{ '"0001"' if cookiecutter.__jwt else '"0000"' }}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with an index for each order that lists can have."""
    create_table(
        "items",
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_folded", types.ExactString(600), nullable=False),
        sa.Column("description", sa.String(2000), nullable=True),
        # %if jwt
        sa.Column(
            "owner_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_items_owner_id_users", ondelete="CASCADE"),
            nullable=False,
        ),
        # %endif
    )
    for column in ("created_at", "updated_at", "title_folded"):
        columns = [column, "id"]
        columns.insert(0, "owner_id")  # %if jwt
        op.create_index(f"ix_items_list_{column}", "items", columns)


def downgrade() -> None:
    op.drop_table("items")
