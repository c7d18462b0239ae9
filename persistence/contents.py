"""Contents that we have made at providers, in SQL."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select

from domain.ports import Content
from persistence.shape import shape
from persistence.tables import contents
from persistence.upsert import insert

_ROW = shape(Content, contents)
_KEY = ("channel", "account", "name", "language")
_NEW = insert(contents)
_SAVE = _NEW.on_conflict_do_update(
    index_elements=_KEY,
    set_={column.name: _NEW.excluded[column.name] for column in contents.c if column.name not in _KEY},
)
_OF = (
    select(*_ROW.columns)
    .where(contents.c.channel == bindparam("p_channel"), contents.c.account == bindparam("p_account"))
    .order_by(contents.c.name, contents.c.language)
)
_FIND = _OF.where(contents.c.name == bindparam("p_name"), contents.c.language == bindparam("p_language"))


class SqlContents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, *, channel: str, account: str) -> list[Content]:
        wanted = {"p_channel": channel, "p_account": account}
        return [_content(row) for row in self._connection.execute(_OF, wanted)]

    def find(self, name: str, *, channel: str, account: str, language: str) -> Content | None:
        wanted = {"p_channel": channel, "p_account": account, "p_name": name, "p_language": language}
        row = self._connection.execute(_FIND, wanted).first()
        return None if row is None else _content(row)

    def save(self, content: Content) -> None:
        values = asdict(content) | {"variables": [*content.variables]}
        self._connection.execute(_SAVE, values)


def _content(row: Sequence[Any]) -> Content:
    content = _ROW.read(row)
    return replace(content, variables=tuple(content.variables))
