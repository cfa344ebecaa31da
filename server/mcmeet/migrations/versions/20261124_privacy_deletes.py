"""The consent ledger keeps its rows for three years, and each text as long as a row points to it"""

from alembic import op

revision = "20261124_privacy_deletes"
down_revision = "20261124_ticket"
branch_labels = None
depends_on = None

# Keep.CONSENT_EVIDENCE. The database's own clock decides: what the application believes may be wrong.
KEPT = {
    "sqlite": (
        """
        CREATE TRIGGER consent_kept BEFORE DELETE ON consent WHEN OLD.at > datetime('now', '-3 years')
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END
        """,
        """
        CREATE TRIGGER policy_text_append_only BEFORE UPDATE ON policy_text
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END
        """,
        """
        CREATE TRIGGER policy_text_kept BEFORE DELETE ON policy_text
        WHEN EXISTS (SELECT 1 FROM consent WHERE text_hash = OLD.hash)
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END
        """,
    ),
    "postgresql": (
        """
        CREATE TRIGGER consent_kept BEFORE DELETE ON consent
        FOR EACH ROW WHEN (OLD.at > now() - interval '3 years') EXECUTE FUNCTION consent_append_only()
        """,
        """
        CREATE TRIGGER consent_not_truncated BEFORE TRUNCATE ON consent
        FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only()
        """,
        """
        CREATE TRIGGER policy_text_append_only BEFORE UPDATE ON policy_text
        FOR EACH ROW EXECUTE FUNCTION consent_append_only()
        """,
        """
        CREATE FUNCTION policy_text_kept() RETURNS trigger LANGUAGE plpgsql AS
        $$
        BEGIN
            IF EXISTS (SELECT 1 FROM consent WHERE text_hash = OLD.hash) THEN
                RAISE EXCEPTION 'the consent ledger is append-only';
            END IF;
            RETURN OLD;
        END
        $$
        """,
        """
        CREATE TRIGGER policy_text_kept BEFORE DELETE ON policy_text
        FOR EACH ROW EXECUTE FUNCTION policy_text_kept()
        """,
        """
        CREATE TRIGGER policy_text_not_truncated BEFORE TRUNCATE ON policy_text
        FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only()
        """,
    ),
}


def upgrade() -> None:
    for statement in KEPT[op.get_bind().dialect.name]:
        op.execute(statement)
