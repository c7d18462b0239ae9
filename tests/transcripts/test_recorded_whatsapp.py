"""Recorded at a simulated phone."""

from tests.transcripts.chat import Chat
from tests.transcripts.town import DemoTown


def test_the_recorded_conversation_holds(demo_town: DemoTown) -> None:
    chat = Chat(demo_town, "whatsapp")
    chat.says("hi").hears("for you and to tell you when your turn comes. Do you agree?")
    chat.picks("I agree").hears("What is your full name? Write it as staff should call you.")
    chat.says("Meera Joshi").hears("Which place?")
    chat.picks("City Hospital").hears("City Hospital: for what?")
    chat.picks("Dr Vikram Sen").hears("Dr Vikram Sen: which day?")
    chat.says("tomorrow")
    chat.picks("More")
    chat.picks("Back")
    chat.picks(2)
    chat.picks("Book it").hears("Bring: your hospital card and any X-rays")
    chat.picks("My appointments").hears("Your appointments:")
    chat.picks(1).hears("Bring: your hospital card and any X-rays")
    chat.picks("Change time")
    chat.picks("Back").hears("Bring: your hospital card and any X-rays")
    chat.picks("Cancel this visit")
    chat.picks("Yes, cancel it").hears("You have no appointment.")
    chat.says("help")
    chat.says("HINDI").hears("अब से: हिन्दी।")
    chat.says("menu").hears("आप क्या करना चाहते हैं?")
