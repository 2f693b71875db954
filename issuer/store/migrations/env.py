"""Runs migrations on the connection that `Database.migrate` hands over: all of them, or none."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    # The driver begins nothing by itself, so the framework's transaction is made a real one here.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.run_migrations()
