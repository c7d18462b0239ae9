"""Somebody in place of our webhooks: takes what the double posts."""

from tests.twilio.posts import Form, Headers


class Webhook:
    """Takes what is posted, and answers with the statuses that a test lays ready, then 200."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, Form, Headers]] = []
        self.answers: list[int] = []

    def __call__(self, path: str, form: Form, headers: Headers) -> int:
        self.posts.append((path, form, headers))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise ConnectionError
        return status

    @property
    def forms(self) -> list[Form]:
        return [form for _, form, _ in self.posts]

    @property
    def statuses(self) -> list[tuple[str, str | None]]:
        return [(form["MessageStatus"], form.get("ErrorCode")) for form in self.forms]
