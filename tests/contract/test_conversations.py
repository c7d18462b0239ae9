"""Conversations: one row per address."""

from dataclasses import replace

from domain.conversation.messages import Conversation
from domain.ports import UnitOfWork
from tests.contract.ground import NOW, Ground, an_address


def test_a_conversation_begins_when_it_is_first_locked(uow: UnitOfWork) -> None:
    address = an_address(uow)
    assert uow.conversations.lock(address.id) == Conversation(address.id)
    assert uow.conversations.lock(address.id) == Conversation(address.id)


def test_a_saved_conversation_is_read_back_whole(uow: UnitOfWork, ground: Ground) -> None:
    saved = replace(
        uow.conversations.lock(an_address(uow).id),
        state="book-day",
        data={"service": 3, "names": ["आशा"], "page": None},
        choices=(("2026-11-23", "Mon 23"), ("more", "More…")),
        page=2,
        revision=7,
        site_id=ground.site.id,
    )
    uow.conversations.save(saved, now=NOW)
    assert uow.conversations.lock(saved.address_id) == replace(saved, updated_at=NOW)
