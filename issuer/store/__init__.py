"""The issuer's store: SQLAlchemy over SQLite, personal data sealed under a key per person."""
