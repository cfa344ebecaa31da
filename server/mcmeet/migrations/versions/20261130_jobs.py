"""Durable jobs and their schedules"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_jobs"
down_revision = "20261130_hands"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("key IS NOT NULL AND finished_at IS NULL")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("tenant", sa.String(43), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("run_at", TIME, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts_most", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("error", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.CheckConstraint("state IN ('ready', 'running', 'done', 'dead')", name=op.f("ck_job_known_state")),
        sa.CheckConstraint(
            "(state = 'running') = (owner IS NOT NULL)", name=op.f("ck_job_owned_while_running")
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_job_leased_while_running")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'dead')) = (finished_at IS NOT NULL)", name=op.f("ck_job_finished_at_its_end")
        ),
    )
    op.create_index("ix_job_tenant", "job", ["tenant"])
    for name, column, condition in (
        ("ix_job_ready", "run_at", "state = 'ready'"),
        ("ix_job_running", "lease_until", "state = 'running'"),
        ("ix_job_finished", "finished_at", "finished_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "job", [column], sqlite_where=where, postgresql_where=where)
    op.create_index(
        "uq_job_unfinished",
        "job",
        ["kind", "tenant", "key"],
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "schedule",
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_schedule")),
    )
