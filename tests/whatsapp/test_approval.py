"""Contents made at Twilio once, whatever is cut off or meets another run, and what WhatsApp says of them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SendError, SendFault
from domain.ports import Content, UnitOfWork
from domain.texts.catalogue import load
from persistence.memory import memory_uow
from settings import Settings
from tests.delivery.world import KeptHints
from tests.doubles.faults import Fault
from tests.twilio.refusals import TOO_MANY_REQUESTS, bad_request
from tests.twilio.twilio_api import WHATSAPP_FROM, TwilioApi
from whatsapp.approval import LOOK_AGAIN, SETTLED_FOR, Made, is_due, make_contents, refresh_states
from whatsapp.client import TwilioClient
from whatsapp.contents import Definition, definitions
from whatsapp.known_frames import GONE, KnownFrames
from whatsapp.standing import Standing, Verdict, standings, template_findings

CATALOGUE = load()
ALL = definitions(CATALOGUE)
TEMPLATES = [definition for definition in ALL if not definition.is_frame]
FRAMES = len(ALL) - len(TEMPLATES)
NEAR = next(one for one in TEMPLATES if (one.name, one.language) == ("notice-near", "hi"))
CODE = next(one for one in TEMPLATES if (one.name, one.language) == ("notice-code", "en"))
LIST_3 = next(one for one in ALL if one.name == "list-3")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
FEW = [LIST_3, NEAR, CODE]

Begin = Callable[[], UnitOfWork]


class Ticking:
    """The double's clock: nothing happens there in the same second as anything else."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi(now=Ticking()) as double:
        yield double


@pytest.fixture
def settings(api: TwilioApi, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "TWILIO_ACCOUNT_SID": api.account,
            "TWILIO_AUTH_TOKEN": api.token,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
            "TWILIO_API_URL": api.root,
            "VAR_DIR": str(tmp_path),
        }
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[TwilioClient]:
    made = TwilioClient(settings, seconds=2)
    yield made
    made.close()


@pytest.fixture
def begin() -> Begin:
    return memory_uow(KeptHints())


def makes(client: TwilioClient, begin: Begin, wanted: list[Definition] = FEW) -> list[Made]:
    return make_contents(client, begin, wanted=wanted, now=NOW)


def looks(client: TwilioClient, begin: Begin, wanted: list[Definition] = FEW, *, now: datetime = NOW) -> None:
    refresh_states(client, begin, wanted=wanted, now=now)


def standing(begin: Begin, client: TwilioClient, definition: Definition = NEAR) -> Standing:
    with begin() as uow:
        return standings(uow, [definition], account=client.account)[0]


def kept(begin: Begin, client: TwilioClient, definition: Definition = NEAR) -> Content:
    content = standing(begin, client, definition).content
    assert content is not None
    return content


def alarms(begin: Begin) -> dict[str, str]:
    with begin() as uow:
        return {alarm.key: alarm.told for alarm in uow.alarms.ringing(since=NOW - timedelta(days=30))}


def at_twilio(api: TwilioApi) -> Counter[str]:
    return Counter(content.friendly_name for content in api.contents.values())


def approval(api: TwilioApi, definition: Definition) -> Any:
    return next(c for c in api.contents.values() if c.friendly_name == definition.friendly_name).approval


def test_all_that_is_wanted_is_made_and_templates_are_submitted_as_what_they_are(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    made = makes(client, begin, ALL)
    assert [(one.is_new, one.refusal) for one in made] == [(True, "")] * len(ALL)
    assert at_twilio(api) == Counter({definition.friendly_name: 1 for definition in ALL})
    asked = {definition.name: approval(api, definition) for definition in TEMPLATES}
    assert {name: shown.category for name, shown in asked.items()} == {
        definition.name: definition.category for definition in TEMPLATES
    }
    with begin() as uow:
        verdicts = Counter(one.verdict for one in standings(uow, ALL, account=client.account))
    assert verdicts == {Verdict.USABLE: len(ALL) - len(TEMPLATES), Verdict.WAITING: len(TEMPLATES)}


def test_what_is_sent_has_samples_and_nothing_that_is_null(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, begin, [NEAR])
    assert api.called("contents.create") == [
        {
            "friendly_name": NEAR.friendly_name,
            "language": "hi",
            "variables": {"1": "Eye clinic", "2": "3", "3": "10-04", "4": "Room 2"},
            "types": {"twilio/text": {"body": CATALOGUE.templates("hi")["notice-near"].body}},
        }
    ]
    assert api.called("approvals.create") == [{"name": NEAR.approval_name, "category": "UTILITY"}]


def test_a_frame_is_never_submitted_and_known_to_the_sender_at_once(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, begin, [LIST_3])
    assert api.called("approvals.create") == []
    frames = KnownFrames(begin, channel="whatsapp", account=client.account)
    assert frames.content_id("list-3") in api.contents
    assert frames.content_id("list-4") is None


def test_a_frame_with_other_gaps_or_gone_is_not_filled(client: TwilioClient, begin: Begin) -> None:
    makes(client, begin, [LIST_3])
    content = kept(begin, client, LIST_3)
    for odd in (replace(content, fingerprint="older"), replace(content, state=GONE)):
        with begin() as uow:
            uow.contents.save(odd)
            uow.commit()
        frames = KnownFrames(begin, channel="whatsapp", account=client.account)
        assert frames.content_id("list-3") is None


def test_a_second_run_makes_nothing(api: TwilioApi, client: TwilioClient, begin: Begin) -> None:
    makes(client, begin)
    made = makes(client, begin)
    assert [one.is_new for one in made] == [False] * len(FEW)
    assert len(api.called("contents.create")) == len(FEW)
    assert len(api.called("approvals.create")) == 2


def test_an_empty_database_finds_again_what_another_installation_made(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, memory_uow(KeptHints()))
    api.approves_all()
    assert [one.is_new for one in makes(client, begin)] == [False] * len(FEW)
    assert standing(begin, client).verdict is Verdict.USABLE


@pytest.mark.parametrize("operation", ["contents.create", "approvals.create"])
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.DROP_AFTER])
def test_a_run_that_is_cut_off_is_taken_up_where_it_was(
    api: TwilioApi, client: TwilioClient, begin: Begin, operation: str, fault: Fault
) -> None:
    api.fail(operation, fault)
    with pytest.raises(SendError):
        makes(client, begin)
    makes(client, begin)
    assert at_twilio(api) == Counter({definition.friendly_name: 1 for definition in FEW})
    assert approval(api, NEAR).status == approval(api, CODE).status == "received"
    assert [standing(begin, client, one).verdict for one in FEW] == [
        Verdict.USABLE,
        Verdict.WAITING,
        Verdict.WAITING,
    ]


class Overtaken(TwilioClient):
    """Something happens after it has looked at what is there, and before it does anything."""

    def __init__(self, settings: Settings, happens: Callable[[], object]) -> None:
        super().__init__(settings, seconds=5)
        self._asked = 0
        self._happens = happens

    @property
    def rest(self) -> Any:
        self._asked += 1
        if self._asked == 2:
            self._happens()
        return super().rest


def test_two_runs_at_once_leave_one_of_each_and_both_know_it(
    api: TwilioApi, settings: Settings, client: TwilioClient
) -> None:
    barrier = threading.Barrier(2)
    begins = [memory_uow(KeptHints()) for _ in range(2)]
    clients = [Overtaken(settings, lambda: barrier.wait(timeout=5)) for _ in begins]
    runs = [
        threading.Thread(target=makes, args=(one, begin)) for one, begin in zip(clients, begins, strict=True)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join(timeout=20)
    for one in clients:
        one.close()
    assert len(api.called("contents.create")) == 2 * len(FEW)
    assert_both_know_the_same(api, client, begins)


def test_a_run_that_was_overtaken_takes_what_the_other_made(
    api: TwilioApi, settings: Settings, client: TwilioClient, begin: Begin
) -> None:
    other = memory_uow(KeptHints())
    overtaken = Overtaken(settings, lambda: makes(client, other))
    makes(overtaken, begin)
    overtaken.close()
    assert len(api.called("contents.create")) == 2 * len(FEW)
    assert_both_know_the_same(api, client, [begin, other])


def test_one_that_was_submitted_a_moment_ago_is_taken_as_it_is(
    api: TwilioApi, settings: Settings, client: TwilioClient, begin: Begin
) -> None:
    api.fail("approvals.create", bad_request(20001, "Invalid request"))
    makes(client, begin, [NEAR])
    assert approval(api, NEAR) is None
    overtaken = Overtaken(settings, lambda: makes(client, begin, [NEAR]))
    assert [one.refusal for one in makes(overtaken, begin, [NEAR])] == [""]
    overtaken.close()
    assert standing(begin, client).verdict is Verdict.WAITING


def assert_both_know_the_same(api: TwilioApi, client: TwilioClient, begins: Sequence[Begin]) -> None:
    assert at_twilio(api) == Counter({definition.friendly_name: 1 for definition in FEW})
    for definition in FEW:
        ids = {kept(begin, client, definition).content_id for begin in begins}
        assert ids <= set(api.contents)
        assert len(ids) == 1


def test_one_that_twilio_refuses_does_not_stop_the_others(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    api.fail("contents.create", bad_request(20001, "Invalid request: odd"))
    frame, near, code = makes(client, begin)
    assert frame.refusal == "Invalid request: odd (Twilio's error 20001)"
    assert (near.is_new, code.is_new) == (True, True)
    assert standing(begin, client, LIST_3).verdict is Verdict.MISSING
    assert standing(begin, client).verdict is Verdict.WAITING


def test_too_much_at_once_is_no_word_on_one_of_them(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    api.fail("contents.create", TOO_MANY_REQUESTS)
    with pytest.raises(SendError):
        makes(client, begin)


def test_one_that_can_t_be_submitted_is_told_and_tried_again_by_the_next_run(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    api.fail("approvals.create", bad_request(20001, "Invalid request: name"))
    _, near, code = makes(client, begin)
    assert "Invalid request: name" in near.refusal
    assert code.refusal == ""
    assert standing(begin, client).verdict is Verdict.MISSING
    makes(client, begin)
    assert standing(begin, client).verdict is Verdict.WAITING


def test_changed_words_are_made_anew_and_the_older_ones_sent_no_more(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    older = replace(NEAR, fingerprint="older")
    makes(client, begin, [older])
    api.approves_all()
    looks(client, begin, [older])
    assert standing(begin, client, older).verdict is Verdict.USABLE
    assert standing(begin, client, NEAR).verdict is Verdict.MISSING
    makes(client, begin, [NEAR])
    assert at_twilio(api) == Counter([older.friendly_name, NEAR.friendly_name])
    assert standing(begin, client, NEAR).verdict is Verdict.WAITING


def test_what_whatsapp_says_is_kept(api: TwilioApi, client: TwilioClient, begin: Begin) -> None:
    makes(client, begin)
    api.decides(NEAR.approval_name, "rejected", reason="INVALID_FORMAT")
    api.decides(CODE.approval_name, "approved")
    looks(client, begin, now=NOW + LOOK_AGAIN)
    near, code = kept(begin, client), kept(begin, client, CODE)
    assert (near.state, near.reason, near.category) == ("rejected", "INVALID_FORMAT", "UTILITY")
    assert (code.state, code.reason, code.category) == ("approved", None, "AUTHENTICATION")
    assert near.checked_at == code.checked_at == NOW + LOOK_AGAIN


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"status": "rejected", "reason": "INVALID_FORMAT"}, "rejected, UTILITY, INVALID_FORMAT"),
        ({"status": "paused"}, "paused, UTILITY"),
        ({"status": "disabled"}, "disabled, UTILITY"),
        ({"status": "approved", "category": "MARKETING"}, "approved, MARKETING, not taken for UTILITY"),
    ],
)
def test_a_refusal_rings_for_owners_until_it_is_taken_back(
    api: TwilioApi, client: TwilioClient, begin: Begin, said: dict[str, str], told: str
) -> None:
    makes(client, begin)
    assert alarms(begin) == {}
    api.decides(NEAR.approval_name, **said)
    looks(client, begin)
    assert alarms(begin) == {
        "template:notice-near:hi": f"WhatsApp doesn't let us send the template notice-near in Hindi: {told}."
    }
    api.decides(NEAR.approval_name, "approved", category="UTILITY")
    looks(client, begin)
    assert alarms(begin) == {}


def test_what_another_run_has_seen_refused_rings_here_as_well(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, memory_uow(KeptHints()))
    api.decides(NEAR.approval_name, "rejected")
    makes(client, begin)
    assert list(alarms(begin)) == ["template:notice-near:hi"]


def test_what_was_deleted_at_twilio_is_gone_and_made_again(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, begin)
    api.contents.clear()
    looks(client, begin)
    assert {kept(begin, client, one).state for one in FEW} == {GONE}
    assert [one.is_new for one in makes(client, begin)] == [True] * len(FEW)


def test_it_is_asked_again_soon_while_something_is_open_and_daily_after_that(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    def due(after: timedelta) -> bool:
        return is_due(begin, wanted=FEW, account=client.account, now=NOW + after)

    assert not due(SETTLED_FOR)
    makes(client, begin)
    assert not due(LOOK_AGAIN - timedelta(seconds=1))
    assert due(LOOK_AGAIN)
    api.approves_all()
    looks(client, begin)
    assert not due(SETTLED_FOR - timedelta(seconds=1))
    assert due(SETTLED_FOR)


def test_hundreds_of_other_contents_are_in_the_way_of_nothing(
    api: TwilioApi, client: TwilioClient, begin: Begin
) -> None:
    makes(client, begin, [NEAR])
    mine = next(iter(api.contents.values()))
    for number in range(600):
        sid = f"HX{number:032x}"
        api.contents[sid] = replace(mine, sid=sid, friendly_name=f"other {number}", approval=None)
    assert [one.is_new for one in makes(client, begin)] == [True, False, True]


@pytest.mark.parametrize(
    ("spoil", "fault", "told"),
    [
        (lambda api: api.tokens.clear(), SendFault.OURS, "Twilio doesn't let us in"),
        (lambda api: api.fail(LOOK, TOO_MANY_REQUESTS), SendFault.THROTTLED, "Twilio takes no more"),
        (lambda api: api.fail(LOOK, Fault.BAD_GATEWAY), SendFault.UNCLEAR, "Twilio doesn't answer."),
        (lambda api: api.fail(LOOK, Fault.DROP), SendFault.UNCLEAR, "Twilio doesn't answer."),
        (lambda api: api.fail(LOOK, Fault.HANG), SendFault.UNCLEAR, "Twilio doesn't answer."),
    ],
)
def test_what_concerns_them_all_is_said_to_owners_and_changes_nothing(
    api: TwilioApi,
    settings: Settings,
    begin: Begin,
    spoil: Callable[[TwilioApi], None],
    fault: SendFault,
    told: str,
) -> None:
    spoil(api)
    client = TwilioClient(settings, seconds=0.3)
    with pytest.raises(SendError) as error:
        makes(client, begin)
    client.close()
    assert error.value.fault is fault
    assert error.value.told.startswith(told)
    assert error.value.todo
    assert api.token not in f"{error.value}{error.value.told}{error.value.todo}"
    assert api.contents == {}


LOOK = "contents_and_approvals.list"


def test_the_self_check_counts_them_for_each_language(
    api: TwilioApi, client: TwilioClient, begin: Begin, settings: Settings
) -> None:
    def found() -> list[tuple[str, bool, str]]:
        with begin() as uow:
            findings = template_findings(uow, settings=settings, catalogue=CATALOGUE)
            return [(finding.name, finding.ok, finding.told) for finding in findings]

    names = ["WhatsApp buttons and lists", "WhatsApp templates, English", "WhatsApp templates, Hindi"]
    assert found() == list(
        zip(names, [False] * 3, [f"{FRAMES} to be made.", "9 to be made.", "9 to be made."], strict=True)
    )
    makes(client, begin, ALL)
    api.approves_all()
    api.decides(NEAR.approval_name, "rejected")
    looks(client, begin, ALL)
    assert found() == list(
        zip(
            names,
            [True, True, False],
            [f"{FRAMES} can be sent.", "9 can be sent.", "8 can be sent, 1 refused."],
            strict=True,
        )
    )


def test_where_there_is_no_whatsapp_the_self_check_says_nothing_of_templates(
    begin: Begin, settings: Settings
) -> None:
    without = replace(settings, twilio_whatsapp_from="", twilio_sms_from="+15550001")
    with begin() as uow:
        assert list(template_findings(uow, settings=without, catalogue=CATALOGUE)) == []
