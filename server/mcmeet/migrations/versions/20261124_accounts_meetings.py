"""Accounts, meetings, runs, seats and stays"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_accounts_meetings"
down_revision = "20261124_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.String(43), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("tenant", name=op.f("uq_account_tenant")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_lookup", sa.LargeBinary(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_privacy", sa.String(16), nullable=False),
        sa.Column("consent_terms", sa.String(16), nullable=False),
        sa.Column("consent_lang", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_code_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_code_issued_at"), ["issued_at"], unique=False)
        batch_op.create_index("ix_one_time_code_phone_lookup", ["phone_lookup", "issued_at"], unique=False)
        batch_op.create_index(
            "uq_one_time_code_good",
            ["phone_lookup"],
            unique=True,
            sqlite_where=sa.text("code_hash IS NOT NULL"),
            postgresql_where=sa.text("code_hash IS NOT NULL"),
        )

    op.create_table(
        "registration",
        sa.Column("credential_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credential_hash", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("lookup", sa.LargeBinary(32), nullable=False),
        sa.Column("phone", sa.String(20), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'email') = (email IS NOT NULL)", name=op.f("ck_identity_email_of_its_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'phone') = (phone IS NOT NULL)", name=op.f("ck_identity_phone_of_its_kind")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_identity_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_identity_verified",
            ["kind", "lookup"],
            unique=True,
            sqlite_where=sa.text("verified_at IS NOT NULL"),
            postgresql_where=sa.text("verified_at IS NOT NULL"),
        )

    op.create_table(
        "login_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("credential_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_login_session_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("credential_hash", name=op.f("uq_login_session_credential_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(11), nullable=False),
        sa.Column("creator_account_id", sa.Uuid(), nullable=True),
        sa.Column("tenant", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("passcode", sa.String(6), nullable=True),
        sa.Column("host_key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("host_key_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("host_key_seat", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["creator_account_id"], ["account.id"], name=op.f("fk_meeting_creator_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_creator_account_id"), ["creator_account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_meeting_tenant"), ["tenant"], unique=False)
        batch_op.create_index(
            "uq_meeting_number_held",
            ["number"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "meeting_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.String(43), nullable=False),
        sa.Column("number", sa.String(11), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("host_account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(20), nullable=True),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("media_room", sa.String(43), nullable=False),
        sa.ForeignKeyConstraint(
            ["host_account_id"], ["account.id"], name=op.f("fk_meeting_run_host_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_run_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_run")),
        sa.UniqueConstraint("media_room", name=op.f("uq_meeting_run_media_room")),
    )
    with op.batch_alter_table("meeting_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_run_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_run_host_account_id"), ["host_account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_run_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_run_number"), ["number"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_run_tenant"), ["tenant"], unique=False)

    op.create_table(
        "seat",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("guest_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("space", sa.String(20), nullable=False),
        sa.Column("media", sa.String(43), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=True),
        sa.Column("ticket_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resume_hash", sa.LargeBinary(), nullable=True),
        sa.Column("former_resume_hash", sa.LargeBinary(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_seat_account_id_account")),
        sa.ForeignKeyConstraint(["run_id"], ["meeting_run.id"], name=op.f("fk_seat_run_id_meeting_run")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_seat")),
        sa.UniqueConstraint("media", name=op.f("uq_seat_media")),
        sa.UniqueConstraint("resume_hash", name=op.f("uq_seat_resume_hash")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_seat_ticket_hash")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index("ix_seat_account", ["account_id"], unique=False)
        batch_op.create_index("ix_seat_former_resume_hash", ["former_resume_hash"], unique=False)
        batch_op.create_index("ix_seat_guest", ["guest_id"], unique=False)

    op.create_table(
        "participation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id", "seat"], ["seat.run_id", "seat.number"], name=op.f("fk_participation_run_id_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
    )
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.create_index("ix_participation_run_seat", ["run_id", "seat"], unique=False)

    op.create_table(
        "seat_bar",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "seat"], ["seat.run_id", "seat.number"], name=op.f("fk_seat_bar_run_id_seat")
        ),
        sa.PrimaryKeyConstraint("run_id", "seat", "source", name=op.f("pk_seat_bar")),
    )
