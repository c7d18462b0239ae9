"""INSERT … ON CONFLICT for both databases: SQLite's compiler renders PostgreSQL's construct word for word.

An IntegrityError would break a PostgreSQL transaction, so whoever may lose a race inserts with this.
"""

from sqlalchemy.dialects.postgresql import insert

__all__ = ["insert"]
