"""Creates the tables of the first migrations.

Migrations import this module, so what it creates must stay the same.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from app.kit.db.types import UtcDateTime


def create_table(name: str, *items: SchemaItem) -> None:
    """Create a table with these columns and constraints, and the columns of every table."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        *items,
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
