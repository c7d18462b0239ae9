"""Who takes in a channel's messages, in SQL: one row a channel, won and kept by one guarded statement."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from domain.ports import IngestLease
from persistence.shape import shape
from persistence.tables import ingest_leases
from persistence.upsert import insert

_ROW = shape(IngestLease, ingest_leases)
_NEW = insert(ingest_leases)
_HOLD = _NEW.on_conflict_do_update(
    index_elements=["channel"],
    set_={
        "holder": _NEW.excluded.holder,
        "mode": _NEW.excluded.mode,
        "lease_until": _NEW.excluded.lease_until,
        "account": func.coalesce(_NEW.excluded.account, ingest_leases.c.account),
        "trouble": _NEW.excluded.trouble,
    },
    where=or_(
        ingest_leases.c.holder == _NEW.excluded.holder, ingest_leases.c.lease_until <= bindparam("p_now")
    ),
).returning(ingest_leases.c.channel)
_RELEASE = (
    update(ingest_leases)
    .where(ingest_leases.c.channel == bindparam("p_channel"), ingest_leases.c.holder == bindparam("p_holder"))
    .values(lease_until=bindparam("p_now"))
)
_OF = select(*_ROW.columns).where(ingest_leases.c.channel == bindparam("p_channel"))
_ACCOUNT = select(ingest_leases.c.account).where(ingest_leases.c.channel == bindparam("p_channel"))


class SqlIngestLeases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(self, lease: IngestLease, *, now: datetime) -> bool:
        values = {
            "channel": lease.channel,
            "holder": lease.holder,
            "mode": lease.mode,
            "lease_until": lease.lease_until,
            "account": lease.account,
            "trouble": lease.trouble,
            "p_now": now,
        }
        return self._connection.execute(_HOLD, values).scalar() is not None

    def release(self, channel: str, *, holder: str, now: datetime) -> None:
        self._connection.execute(_RELEASE, {"p_channel": channel, "p_holder": holder, "p_now": now})

    def of(self, channel: str) -> IngestLease | None:
        row = self._connection.execute(_OF, {"p_channel": channel}).one_or_none()
        return None if row is None else _ROW.read(row)

    def account(self, channel: str) -> str | None:
        return self._connection.execute(_ACCOUNT, {"p_channel": channel}).scalar()
