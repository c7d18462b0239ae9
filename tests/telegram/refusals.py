"""What the Bot API says when it won't: code, text and parameters, word for word as Telegram has them."""

from typing import Any


class Refusal(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(reason: str) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Refusal:
    return Refusal(403, f"Forbidden: {reason}")


def conflict(reason: str) -> Refusal:
    return Refusal(409, f"Conflict: {reason}")


def too_many_requests(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def migrated(new_id: int) -> Refusal:
    return Refusal(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id
    )


UNAUTHORIZED = Refusal(401, "Unauthorized")
UNKNOWN_METHOD = Refusal(404, "Not Found")
CHAT_NOT_FOUND = bad_request("chat not found")
TEXT_IS_EMPTY = bad_request("message text is empty")
TOO_LONG = bad_request("message is too long")
NOT_MODIFIED = bad_request(
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
NO_MESSAGE_ID = bad_request("message identifier is not specified")
EDIT_NOT_FOUND = bad_request("message to edit not found")
CANT_EDIT = bad_request("message can't be edited")
DELETE_NOT_FOUND = bad_request("message to delete not found")
CANT_DELETE = bad_request("message can't be deleted")
BUTTON_DATA_INVALID = bad_request("BUTTON_DATA_INVALID")
QUERY_TOO_OLD = bad_request("query is too old and response timeout expired or query ID is invalid")
BLOCKED = forbidden("bot was blocked by the user")
DEACTIVATED = forbidden("user is deactivated")
CANT_INITIATE = forbidden("bot can't initiate conversation with a user")
WEBHOOK_IS_ACTIVE = conflict(
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_GET_UPDATES = conflict(
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
SET_WEBHOOK_CAME = conflict("terminated by setWebhook request")
