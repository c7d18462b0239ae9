"""Conversations in SQL: one locked row per address."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from domain.conversation.messages import Conversation
from persistence.shape import shape
from persistence.tables import conversations
from persistence.upsert import insert

_CONVERSATION = shape(Conversation, conversations)

_LOCK = (
    select(*_CONVERSATION.columns)
    .where(conversations.c.address_id == bindparam("p_address"))
    .with_for_update(key_share=True)
)
_SAVE = (
    update(conversations)
    .where(conversations.c.address_id == bindparam("p_address"))
    .values(
        state=bindparam("p_state"),
        data=bindparam("p_data"),
        choices=bindparam("p_choices"),
        page=bindparam("p_page"),
        revision=bindparam("p_revision"),
        site_id=bindparam("p_site"),
        updated_at=bindparam("p_now"),
    )
)


class SqlConversations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, address_id: int) -> Conversation:
        row = self._connection.execute(_LOCK, {"p_address": address_id}).first()
        if row is None:
            new = Conversation(address_id)
            values = {"address_id": address_id, "state": new.state, "data": {}, "choices": []}
            self._connection.execute(insert(conversations).on_conflict_do_nothing(), values)
            row = self._connection.execute(_LOCK, {"p_address": address_id}).one()
        return _read(row)

    def save(self, conversation: Conversation, *, now: datetime) -> None:
        values = {
            "p_address": conversation.address_id,
            "p_state": conversation.state,
            "p_data": dict(conversation.data),
            "p_choices": [[*choice] for choice in conversation.choices],
            "p_page": conversation.page,
            "p_revision": conversation.revision,
            "p_site": conversation.site_id,
            "p_now": now,
        }
        self._connection.execute(_SAVE, values)


def _read(row: Row[Any]) -> Conversation:
    stored = _CONVERSATION.read(row)
    return replace(stored, choices=tuple((key, label) for key, label in stored.choices))
