"""The database: engine, sessions, column types, base model, migrations."""
