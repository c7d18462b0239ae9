"""The alembic revisions and how they are run."""
