"""What no database takes, refused before anybody asks one: ids beyond 64 bits, NUL characters."""

from flask import abort, request
from werkzeug.routing import IntegerConverter, ValidationError

from admin_web import provider_hooks

LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """A number in an address."""

    def to_python(self, value: str) -> int:
        number: int = super().to_python(value)
        if number > LARGEST_ID:
            raise ValidationError
        return number


def refuse_unreadable() -> None:
    """Before every request; what providers post is not even read here."""
    if provider_hooks.is_asked():
        return
    texts = [request.path, *request.args.values(), *request.form.values()]
    if any("\0" in text for text in texts):
        abort(400)


def number_of_form(name: str) -> int:
    """A number that the page put there itself; aborts where it is no number."""
    value = request.form.get(name, type=int)
    if value is None or abs(value) > LARGEST_ID:
        abort(400)
    return value
