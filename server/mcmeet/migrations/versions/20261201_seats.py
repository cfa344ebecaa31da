"""How many numbers of seats a run has given out: seats that nobody came to are deleted, their numbers stay"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_seats"
down_revision = "20261130_jobs"
branch_labels = None
depends_on = None

HIGHEST = """
    UPDATE meeting_run SET seats_given =
    coalesce((SELECT max(seat.number) FROM seat WHERE seat.run_id = meeting_run.id), 0)
"""
# Of tickets that were emptied before: they are found by nothing else.
NEVER_TAKEN = """
    DELETE FROM seat WHERE ticket_hash IS NULL AND NOT EXISTS
    (SELECT 1 FROM participation AS stay WHERE stay.run_id = seat.run_id AND stay.seat = seat.number)
"""


def upgrade() -> None:
    op.add_column("meeting_run", sa.Column("seats_given", sa.Integer(), nullable=False, server_default="0"))
    op.execute(HIGHEST)
    op.execute(NEVER_TAKEN)
