"""How Alembic runs the steps: inside the transaction it is given."""

from alembic import context

from db import schema
from db.types import METADATA

assert schema.__all__  # noqa: S101  the import registers the tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
