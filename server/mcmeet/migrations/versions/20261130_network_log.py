"""Keys of the network log, one for each period, and receipts of what retention deleted"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_network_log"
down_revision = "20261124_privacy_deletes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_log_key",
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_network_log_key")),
    )
    op.create_table(
        "retention_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_receipt")),
    )
