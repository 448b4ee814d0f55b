"""The database: SQLite on one machine, PostgreSQL when one machine is too small."""
