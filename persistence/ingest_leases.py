"""Who takes in a channel's messages, in SQL."""

from sqlalchemy import Connection, select

from persistence.tables import ingest_leases


class SqlIngestLeases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def account(self, channel: str) -> str | None:
        wanted = select(ingest_leases.c.account).where(ingest_leases.c.channel == channel)
        return self._connection.execute(wanted).scalar()
