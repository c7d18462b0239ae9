"""Updates into the inbox: filed under their chat, once, all or none."""

import logging

import pytest

from bot.ingest import chat_of, ingest
from domain.ports import Services
from tests.delivery.world import KeptHints
from tests.telegram.taking_in import installation_of, stored


@pytest.fixture
def hints() -> KeptHints:
    return KeptHints()


@pytest.fixture
def services(hints: KeptHints, tmp_path_factory: pytest.TempPathFactory) -> Services:
    return installation_of("http://127.0.0.1:1", hints, var_dir=tmp_path_factory.mktemp("var"))


def message(update_id: int, chat: int = 7, text: str = "hi") -> dict[str, object]:
    return {"update_id": update_id, "message": {"message_id": 1, "chat": {"id": chat}, "text": text}}


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": {"chat": {"id": 7}, "from": {"id": 8}}}, "7"),
        ({"edited_message": {"chat": {"id": -100}}}, "-100"),
        ({"callback_query": {"from": {"id": 8}, "message": {"chat": {"id": -5}}}}, "-5"),
        ({"callback_query": {"from": {"id": 8}}}, "8"),
        ({"my_chat_member": {"chat": {"id": 9}, "from": {"id": 8}}}, "9"),
        ({"poll": {"id": "1"}}, None),
        ({"message": 3}, None),
        ({}, None),
    ],
)
def test_an_update_belongs_to_its_chat(update: dict[str, object], chat: str | None) -> None:
    assert chat_of({"update_id": 1, **update}) == chat


def test_a_batch_is_stored_in_its_order_with_one_hint_for_each_chat(
    services: Services, hints: KeptHints
) -> None:
    ingest(services, [message(1, text="a"), message(2, chat=8), message(3, text="b")])
    rows = stored(services, "7")
    assert [row.provider_id for row in rows] == ["4242:1", "4242:3"]
    assert [row.payload for row in rows] == [message(1, text="a"), message(3, text="b")]
    assert len(stored(services, "8")) == 1
    assert set(hints.inbox) == {("telegram", "7"), ("telegram", "8")}


def test_what_comes_again_changes_nothing(services: Services) -> None:
    ingest(services, [message(1)])
    ingest(services, [message(1), message(2)])
    assert [row.provider_id for row in stored(services, "7")] == ["4242:1", "4242:2"]


def test_what_names_no_chat_is_told_and_the_others_are_stored(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ingest(services, [{"update_id": 1, "poll": {"id": "3"}}, message(2)])
    assert "update 1 names no chat: update_id, poll" in caplog.text
    assert len(stored(services, "7")) == 1


def test_of_a_batch_with_something_that_is_no_update_nothing_is_stored(services: Services) -> None:
    with pytest.raises(KeyError):
        ingest(services, [message(1), {"message": {}}])
    assert stored(services, "7") == []
