"""Raised hands and their order, for as long as a meeting runs"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_hands"
down_revision = "20261130_network_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raised_hand",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "seat"], ["seat.run_id", "seat.number"], name=op.f("fk_raised_hand_run_id_seat")
        ),
        sa.PrimaryKeyConstraint("run_id", "seat", name=op.f("pk_raised_hand")),
    )
