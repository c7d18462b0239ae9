"""What Twilio's REST API says when it won't: status, code and message, as its error dictionary has them."""

from typing import Any


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def answer(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def bad_request(code: int, message: str) -> Refusal:
    return Refusal(400, code, message)


def not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def not_a_number(to: str) -> Refusal:
    return bad_request(21211, f"The 'To' number {to} is not a valid phone number.")


def not_our_number(sender: str) -> Refusal:
    return bad_request(
        21606,
        f"The 'From' phone number provided ({sender}) is not a valid message-capable Twilio phone number"
        " for this account/ destination.",
    )


UNAUTHENTICATED = Refusal(401, 20003, "Authenticate")
TOO_MANY_REQUESTS = Refusal(429, 20429, "Too Many Requests")
INTERNAL = Refusal(500, 20500, "Internal Server Error")
UNAVAILABLE = Refusal(503, 20503, "Service is temporarily unavailable")
UNSUBSCRIBED = bad_request(21610, "Attempt to send to unsubscribed recipient")
NO_TO = bad_request(21604, "A 'To' phone number is required.")
NO_FROM = bad_request(21603, "A 'From' phone number is required.")
NO_BODY = bad_request(21619, "A text message body or media urls must be specified.")
TOO_LONG = bad_request(21617, "The concatenated message body exceeds the 1600 character limit")
NO_SUCH_CHANNEL = bad_request(63007, "Twilio could not find a Channel with the specified From address")
CHANNELS_DIFFER = bad_request(
    21910, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"
)
BAD_STATUS_CALLBACK = bad_request(21609, "The 'StatusCallback' URL is not a valid URL.")
BAD_VALIDITY_PERIOD = bad_request(
    21624, "The validity period provided is invalid: it must be between 1 and 36000 seconds"
)
CONTENT_SID_REQUIRED = bad_request(21654, "ContentSid Required")
BAD_CONTENT_SID = bad_request(21655, "The ContentSid is Invalid")
