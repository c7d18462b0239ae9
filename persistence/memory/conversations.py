"""Conversations in memory."""

from dataclasses import replace
from datetime import datetime

from domain.conversation.messages import Conversation
from persistence.memory.state import State, as_json


class MemoryConversations:
    def __init__(self, state: State) -> None:
        self._state = state

    def lock(self, address_id: int) -> Conversation:
        return self._state.conversations.setdefault(address_id, Conversation(address_id))

    def save(self, conversation: Conversation, *, now: datetime) -> None:
        self._state.conversations[conversation.address_id] = replace(
            conversation, data=as_json(conversation.data), updated_at=now
        )
