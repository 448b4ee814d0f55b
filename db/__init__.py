"""Where the state is kept: SQLite on one machine, PostgreSQL when one is too small."""
