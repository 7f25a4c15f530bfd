"""Keys for hashing client IP addresses."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types
from app.kit.db.migration_tables import create_table

revision = "0002_ip"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_table(
        "ip_hash_keys",
        sa.Column("month", types.ExactString(7), nullable=False),
        sa.Column("key", types.ExactString(64), nullable=False),
        sa.UniqueConstraint("month", name="uq_ip_hash_keys_month"),
    )


def downgrade() -> None:
    op.drop_table("ip_hash_keys")
