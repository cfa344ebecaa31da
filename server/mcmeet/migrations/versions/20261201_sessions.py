"""Sessions that nobody uses are found without reading all of them"""

from alembic import op

revision = "20261201_sessions"
down_revision = "20261201_seats"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_login_session_seen_at", "login_session", ["seen_at"])
