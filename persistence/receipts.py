"""What providers reported of messages, in SQL: each report moves a message on, or changes nothing."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from domain.errors import SendFault
from domain.ports import Receipt, ReceiptState
from persistence.tables import receipts
from persistence.upsert import insert

_NEW = insert(receipts)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=["provider_id"],
    set_={name: _NEW.excluded[name] for name in ("state", "fault", "code", "told", "todo", "at")},
    where=(receipts.c.outbox_id == _NEW.excluded.outbox_id) & (receipts.c.state < _NEW.excluded.state),
).returning(receipts.c.provider_id)
_OF = select(receipts).where(receipts.c.provider_id == bindparam("p_provider"))


class SqlReceipts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, receipt: Receipt, *, outbox_id: int, now: datetime) -> bool:
        values = {
            "provider_id": receipt.provider_id,
            "outbox_id": outbox_id,
            "state": receipt.state.value,
            "fault": receipt.fault and receipt.fault.value,
            "code": receipt.code,
            "told": receipt.told,
            "todo": receipt.todo,
            "at": now,
        }
        return self._connection.execute(_KEEP, values).first() is not None

    def of(self, provider_id: str) -> Receipt | None:
        row = self._connection.execute(_OF, {"p_provider": provider_id}).first()
        if row is None:
            return None
        fault = SendFault(row.fault) if row.fault else None
        return Receipt(row.provider_id, ReceiptState(row.state), fault, row.code, row.told, row.todo)
