"""Keys for hashing client IP addresses."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types

revision = "0002_ip"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "ip_hash_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", types.ExactString(7), nullable=False),
        sa.Column("key", types.ExactString(64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ip_hash_keys"),
        sa.UniqueConstraint("month", name="uq_ip_hash_keys_month"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("ip_hash_keys")
