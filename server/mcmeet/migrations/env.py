"""Alembic's entry: it runs on the connection that `core.migrate` made, inside its transaction."""

from alembic import context

from mcmeet import registry  # noqa: F401  (loads every table)
from mcmeet.core.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
