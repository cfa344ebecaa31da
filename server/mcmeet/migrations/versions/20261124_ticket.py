"""What a ticket brings to its seat, kept beside it until it is used"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_ticket"
down_revision = "20261124_installation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seat", sa.Column("ticket_name", sa.String(64), nullable=True))
    op.add_column("seat", sa.Column("ticket_role", sa.String(12), nullable=True))
    op.add_column("seat", sa.Column("ticket_space", sa.String(20), nullable=True))
