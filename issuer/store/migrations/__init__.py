"""Alembic's migrations; each is a step that stays as it was written."""
