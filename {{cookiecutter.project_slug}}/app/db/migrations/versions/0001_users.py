"""Users, their sessions, and the refresh tokens of these."""

import sqlalchemy as sa
from alembic import op

from app.kit.db import types
from app.kit.db.migration_tables import create_table

revision = "0001"
down_revision = "0000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_users()
    create_login_sessions()
    create_refresh_tokens()
    create_known_client_ips()
    create_invitations()


def downgrade() -> None:
    tables = ("invitations", "known_client_ips", "refresh_tokens", "login_sessions", "users")
    for table in tables:
        op.drop_table(table)


def create_users() -> None:
    create_table(
        "users",
        sa.Column("email", types.ExactString(320), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("full_name", sa.String(100), nullable=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_list_created_at", "users", ["created_at", "id"])


def create_login_sessions() -> None:
    create_table(
        "login_sessions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("used_generation", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_login_sessions_user_id_users", ondelete="CASCADE"
        ),
    )
    for column in ("user_id", "expires_at", "revoked_at"):
        op.create_index(f"ix_login_sessions_{column}", "login_sessions", [column])


def create_refresh_tokens() -> None:
    create_table(
        "refresh_tokens",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("fingerprint", types.ExactString(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["login_sessions.id"],
            name="fk_refresh_tokens_session_id_login_sessions",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("fingerprint", name="uq_refresh_tokens_fingerprint"),
        sa.UniqueConstraint("session_id", "generation", name="uq_refresh_tokens_generation"),
    )
    op.create_index("ix_refresh_tokens_created_at", "refresh_tokens", ["created_at"])


def create_known_client_ips() -> None:
    create_table(
        "known_client_ips",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("ip_hash", types.ExactString(64), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_client_ips_user_id_users", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("user_id", "ip_hash", name="uq_known_client_ips_user_id"),
    )
    op.create_index("ix_known_client_ips_expires_at", "known_client_ips", ["expires_at"])


def create_invitations() -> None:
    create_table(
        "invitations",
        sa.Column("code_hash", types.ExactString(64), nullable=False),
        sa.Column("email", types.ExactString(320), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.UniqueConstraint("code_hash", name="uq_invitations_code_hash"),
    )
