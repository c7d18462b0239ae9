"""A form as it was sent: what was typed stays, and every error stands at its field. Never looks anything up."""

from dataclasses import dataclass, field
from datetime import date, time

from admin_web.words import refused
from domain.errors import DomainError

_FIELD_OF = {
    "service-name-needed": "name",
    "service-name-taken": "name",
    "minutes-wrong": "minutes",
    "times-wrong": "closes",
    "day-past": "day",
    "day-too-far": "day",
    "name-needed": "name",
    "slot-unknown": "slot_id",
    "slot-closed": "slot_id",
    "slot-past": "slot_id",
    "slot-full": "slot_id",
    "same-slot": "slot_id",
    "already-booked": "slot_id",
    "capacity-wrong": "capacity",
    "capacity-below-booked": "capacity",
}


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it, by field."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def number(self, name: str) -> int:
        text = self.text(name)
        if text.isdecimal() and len(text) <= 6:
            return int(text)
        self.errors[name] = "Write a whole number."
        return 0

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self.errors[name] = "Write a day, such as 2027-01-31."
            return date.min

    def time(self, name: str) -> time:
        try:
            return time.fromisoformat(self.text(name))
        except ValueError:
            self.errors[name] = "Write a time, such as 09:30."
            return time.min

    def refuse(self, error: DomainError) -> None:
        self.errors[_FIELD_OF.get(error.key, "")] = refused(error)
