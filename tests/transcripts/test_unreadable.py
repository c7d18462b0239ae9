"""What people send besides words on WhatsApp and by text: everything is answered, and says what to do."""

import pytest

from tests.transcripts.chat import Chat
from tests.transcripts.conftest import introduced
from tests.transcripts.town import Town


@pytest.fixture(params=["whatsapp", "sms"])
def known(town: Town, request: pytest.FixtureRequest) -> Chat:
    return introduced(Chat(town, request.param))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"NumMedia": "1", "MessageType": "image", "MediaContentType0": "image/jpeg"}, "reads text only"),
        ({"NumMedia": "1", "MessageType": "sticker"}, "reads text only"),
        ({"NumMedia": "1", "MessageType": "audio"}, "reads text only"),
        ({"MessageType": "reaction", "Body": "👍"}, "reads text only"),
        ({"MessageType": "order"}, "reads text only"),
        ({"MessageType": "location", "Latitude": "18.5", "Longitude": "73.8"}, "your location"),
        ({"NumMedia": "1", "MediaContentType0": "text/vcard"}, "That card adds no number here"),
        ({"MessageType": "text"}, "That message had no words"),
        ({"Body": "x" * 1700}, "too long to read"),
        ({"Body": "\0 x\0"}, "That is not one of the choices"),
    ],
)
def test_the_question_stays_and_the_person_hears_why(known: Chat, more: dict[str, str], said: str) -> None:
    known.says("book").sends({**known.written(""), **more}).hears(said, "for what?")
    known.picks("Dr. Rao").hears("which day?")


def test_words_below_a_picture_are_what_is_answered(known: Chat) -> None:
    picture = {"NumMedia": "1", "MessageType": "image", "MediaContentType0": "image/jpeg"}
    known.says("book").sends({**known.written("1"), **picture}).hears("which day?")


def test_the_name_of_a_file_is_nobody_s_name(town: Town) -> None:
    chat = Chat(town, "whatsapp").says("hi").picks("I agree").hears("name")
    file = {"NumMedia": "1", "MessageType": "document", "MediaContentType0": "application/pdf"}
    chat.sends({**chat.written("report.pdf"), **file}).hears("reads text only", "name")
    card = {"NumMedia": "1", "MessageType": "contacts", "MediaContentType0": "text/vcard"}
    chat.sends({**chat.written("Ravi"), **card}).hears("adds no number", "name")
