"""The consent ledger and the texts that it points to"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_privacy"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": (
        """
        CREATE TRIGGER consent_append_only BEFORE UPDATE ON consent
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION consent_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the consent ledger is append-only'; END $$
        """,
        """
        CREATE TRIGGER consent_append_only BEFORE UPDATE ON consent
        FOR EACH ROW EXECUTE FUNCTION consent_append_only()
        """,
    ),
}


def upgrade() -> None:
    op.create_table(
        "policy_text",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_policy_text")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("guest_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("text_hash", sa.String(64), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("surface", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.CheckConstraint("(account_id IS NULL) <> (guest_id IS NULL)", name=op.f("ck_consent_one_subject")),
        sa.CheckConstraint("guest_id IS NULL OR run_id IS NOT NULL", name=op.f("ck_consent_guest_in_run")),
    )
    op.create_index("ix_consent_account_id", "consent", ["account_id", "kind", "at"])
    op.create_index("ix_consent_guest_id", "consent", ["guest_id", "run_id", "kind", "at"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
