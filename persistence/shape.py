"""A domain value and the columns that fill it. Never a query."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Generic, TypeVar, get_type_hints

from sqlalchemy import ColumnElement, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """Columns in the order of a dataclass's fields, so that a row becomes a value without looking up names."""

    make: Callable[..., T]
    columns: tuple[ColumnElement[Any], ...]
    enums: tuple[tuple[int, type[Enum]], ...]

    def read(self, row: Sequence[Any], *, start: int = 0) -> T:
        """The value whose columns begin at `start` of the row."""
        values = list(row[start : start + len(self.columns)])
        for place, kind in self.enums:
            values[place] = kind(values[place])
        return self.make(*values)


def shape(kind: type[T], table: Table, **otherwise: ColumnElement[Any]) -> Shape[T]:
    """Fields are columns of the same name, but for those named in `otherwise`. Enums are stored by their value."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # any dataclass
    hints = get_type_hints(kind)
    enums = [
        (place, hints[name])
        for place, name in enumerate(names)
        if isinstance(hints[name], type) and issubclass(hints[name], Enum)
    ]
    columns = [otherwise[name] if name in otherwise else table.c[name] for name in names]
    return Shape(make=kind, columns=tuple(columns), enums=tuple(enums))
