"""What the self-check finds of Twilio, asked over HTTP by the unmodified client."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.examination import Finding
from domain.texts import catalogue
from embedded.process import free_port
from jobs.announcer import NullAnnouncer
from persistence.memory import memory_uow
from settings import Settings
from tests.doubles.faults import Fault
from tests.twilio.account import ShortCode, WhatsAppSender
from tests.twilio.refusals import TOO_MANY_REQUESTS, UNAUTHENTICATED, Refusal
from tests.twilio.twilio_api import SERVICE, SMS_FROM, WHATSAPP_FROM, TwilioApi
from whatsapp.check import look_back_findings, twilio_findings
from whatsapp.standing import template_findings

PUBLIC_URL = "https://queue.example.org"
OURS = f"{PUBLIC_URL}/twilio/inbound"
PASTE = f"{OURS}#rc=3&rp=all"
SECOND = "7e" * 16


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as api:
        yield api


@pytest.fixture
def trial(api: TwilioApi, tmp_path: Path) -> Settings:
    """On somebody's laptop: no PUBLIC_URL."""
    return Settings.from_env(
        {
            "VAR_DIR": str(tmp_path),
            "TWILIO_ACCOUNT_SID": api.account,
            "TWILIO_AUTH_TOKEN": api.token,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_API_URL": api.root,
        }
    )


@pytest.fixture
def live(api: TwilioApi, trial: Settings) -> Settings:
    """As it should be: every address is ours."""
    api.number.sms_url = api.number.sms_fallback_url = PASTE
    api.sender.callback_url = api.sender.fallback_url = PASTE
    return replace(trial, public_url=PUBLIC_URL)


@pytest.fixture
def by_service(api: TwilioApi, live: Settings) -> Settings:
    api.service.inbound_request_url = api.service.fallback_url = PASTE
    return replace(live, twilio_sms_from="", twilio_messaging_service_sid=SERVICE)


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in twilio_findings(settings)}


def test_without_an_account_twilio_is_off_and_that_is_well(trial: Settings) -> None:
    told = found(replace(trial, twilio_account_sid=""))
    assert list(told) == ["Twilio"]
    assert told["Twilio"].ok
    assert "README.md" in told["Twilio"].todo


def test_what_is_set_up_as_it_should_be_is_well(live: Settings) -> None:
    told = found(live)
    assert list(told) == [
        "Twilio",
        "WhatsApp",
        "WhatsApp webhook",
        "WhatsApp fallback",
        "SMS",
        "SMS webhook",
        "SMS fallback",
    ]
    assert [finding for finding in told.values() if not finding.ok or finding.todo] == []
    assert "City Hospital is active" in told["Twilio"].told
    assert f"https://wa.me/{WHATSAPP_FROM.removeprefix('+')}" in told["WhatsApp"].told
    assert "1K Customers/24hr" in told["WhatsApp"].told
    assert SMS_FROM in told["SMS"].told


def test_the_check_only_reads(api: TwilioApi, live: Settings, by_service: Settings) -> None:
    found(live)
    found(by_service)
    asked = {call.operation.rpartition(".")[2] for call in api.calls}
    assert asked == {"fetch", "list"}


def test_a_channel_without_a_sender_is_off_and_that_is_well(live: Settings) -> None:
    for settings, off in (
        (replace(live, twilio_whatsapp_from=""), "WhatsApp"),
        (replace(live, twilio_sms_from=""), "SMS"),
    ):
        told = found(settings)
        assert told[off].told.startswith("Off: ")
        assert f"{off} webhook" not in told
        assert all(finding.ok for finding in told.values()), told


def test_credentials_that_twilio_does_not_know_are_to_be_copied_again(live: Settings) -> None:
    told = found(replace(live, twilio_auth_token="a-token-that-was-revoked"))
    assert list(told) == ["Twilio"]
    assert not told["Twilio"].ok
    assert "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in told["Twilio"].todo
    assert "a-token-that-was-revoked" not in str(told)


def test_a_token_that_was_promoted_is_to_take_the_first_place(live: Settings, api: TwilioApi) -> None:
    told = found(replace(live, twilio_auth_token="the-old-one", twilio_auth_token_secondary=api.token))
    assert not told["Twilio"].ok
    assert "TWILIO_AUTH_TOKEN_SECONDARY, and TWILIO_AUTH_TOKEN no more" in told["Twilio"].told
    assert "into TWILIO_AUTH_TOKEN" in told["Twilio"].todo
    assert api.token not in str(told)


def test_while_tokens_are_changed_both_are_known_and_then_one_can_go(live: Settings, api: TwilioApi) -> None:
    changing = replace(live, twilio_auth_token_secondary=SECOND)
    api.tokens.add(SECOND)
    both = found(changing)["Twilio's second token"]
    assert both.ok
    assert "Promote" in both.todo
    api.tokens.remove(SECOND)
    told = found(changing)
    assert told["Twilio's second token"].todo.endswith("empty TWILIO_AUTH_TOKEN_SECONDARY.")
    assert all(finding.ok for finding in told.values())


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_is_to_be_brought_back(
    api: TwilioApi, live: Settings, status: str
) -> None:
    api.status = status
    finding = found(live)["Twilio"]
    assert not finding.ok
    assert status in finding.told
    assert "Billing" in finding.todo


def test_a_trial_account_is_well_on_a_laptop_and_not_live(
    api: TwilioApi, trial: Settings, live: Settings
) -> None:
    api.kind = "Trial"
    assert found(trial)["Twilio"].ok
    assert not found(live)["Twilio"].ok
    assert "Upgrade" in found(live)["Twilio"].todo


def test_test_credentials_are_told_as_such(api: TwilioApi, live: Settings) -> None:
    api.fail("account.fetch", Refusal(403, 20008, "Resource not accessible with Test Account Credentials"))
    assert "test credentials" in found(live)["Twilio"].told


def test_a_server_that_is_not_there_is_named(trial: Settings) -> None:
    port = free_port()
    told = found(replace(trial, twilio_api_url=f"http://127.0.0.1:{port}"))
    assert list(told) == ["Twilio"]
    assert f"127.0.0.1:{port} can't be used" in told["Twilio"].told
    assert "TWILIO_API_URL" in told["Twilio"].todo


@pytest.mark.parametrize("operation", ["account.fetch", "senders.list", "numbers.list"])
def test_a_server_that_hangs_is_given_up_in_time(api: TwilioApi, live: Settings, operation: str) -> None:
    api.fail(operation, Fault.HANG, times=2)
    began = time.monotonic()
    told = twilio_findings(live, within=0.5)
    assert time.monotonic() - began < 3
    assert [finding.name for finding in told if "did not answer within 0.5 seconds" in finding.told] == [
        {"account.fetch": "Twilio", "senders.list": "WhatsApp", "numbers.list": "SMS"}[operation]
    ]


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.BAD_GATEWAY, TOO_MANY_REQUESTS, UNAUTHENTICATED])
@pytest.mark.parametrize(
    ("operation", "name"),
    [("account.fetch", "Twilio"), ("senders.list", "WhatsApp"), ("numbers.list", "SMS")],
)
def test_any_other_failure_is_a_finding(
    api: TwilioApi, live: Settings, operation: str, name: str, fault: Fault | Refusal
) -> None:
    api.fail(operation, fault, times=2)
    told = found(live)
    assert not told[name].ok
    assert told[name].todo
    assert api.token not in str(told)


def test_what_the_server_answers_is_told_but_never_a_token(api: TwilioApi, live: Settings) -> None:
    api.fail("account.fetch", Refusal(400, 20001, f"Nobody has {api.token}"))
    finding = found(live)["Twilio"]
    assert finding.told.endswith("answered 400, code 20001: Unable to fetch record: Nobody has …")
    assert "errors/20001" in finding.todo


def test_a_webhook_that_is_missing_comes_with_what_to_paste(api: TwilioApi, live: Settings) -> None:
    api.number.sms_url = api.sender.callback_url = ""
    told = found(live)
    for channel in ("WhatsApp", "SMS"):
        assert not told[f"{channel} webhook"].ok
        assert f" {PASTE} " in told[f"{channel} webhook"].todo
    assert SMS_FROM in told["SMS webhook"].todo
    assert "WhatsApp senders" in told["WhatsApp webhook"].todo


def test_a_webhook_elsewhere_is_told_without_its_path(api: TwilioApi, live: Settings) -> None:
    api.number.sms_url = "https://other.example.org/a-secret-path"
    finding = found(live)["SMS webhook"]
    assert not finding.ok
    assert "other.example.org" in finding.told
    assert "a-secret-path" not in str(finding)
    assert PASTE in finding.todo


def test_a_webhook_that_is_fetched_by_get_is_to_be_posted_to(api: TwilioApi, live: Settings) -> None:
    api.number.sms_method = "GET"
    finding = found(live)["SMS webhook"]
    assert not finding.ok
    assert "POST" in finding.todo


@pytest.mark.parametrize("ending", ["", "#rc=1", "#rc=3", "#rp=all", "#rc=1&rp=all"])
def test_a_webhook_without_its_ending_works_and_could_insist(
    api: TwilioApi, live: Settings, ending: str
) -> None:
    api.number.sms_url = OURS + ending
    finding = found(live)["SMS webhook"]
    assert finding.ok
    assert PASTE in finding.todo


@pytest.mark.parametrize("ending", ["#rc=5&rp=all", "#rp=4xx,5xx,ct,rt&rc=2", "#ct=2000&rc=3&rp=all"])
def test_an_ending_of_ones_own_that_insists_is_left_alone(
    api: TwilioApi, live: Settings, ending: str
) -> None:
    api.number.sms_url = OURS + ending
    finding = found(live)["SMS webhook"]
    assert finding.ok
    assert not finding.todo


@pytest.mark.parametrize("fallback", ["", "https://other.example.org/sorry"])
def test_a_missing_fallback_could_be_set_and_loses_nothing(
    api: TwilioApi, live: Settings, fallback: str
) -> None:
    api.sender.fallback_url = fallback
    finding = found(live)["WhatsApp fallback"]
    assert finding.ok
    assert "as the fallback too" in finding.todo


def test_without_a_public_address_no_webhook_is_needed(trial: Settings) -> None:
    told = found(trial)
    assert all(finding.ok for finding in told.values()), told
    for channel in ("WhatsApp", "SMS"):
        assert "fetched every few seconds" in told[f"{channel} webhook"].told
        assert f"{channel} fallback" not in told


def test_without_a_public_address_a_webhook_of_somebody_else_is_to_go(
    api: TwilioApi, trial: Settings
) -> None:
    api.number.sms_url = "https://demo.example.org/welcome/sms/reply"
    finding = found(trial)["SMS webhook"]
    assert not finding.ok
    assert "demo.example.org" in finding.told
    assert finding.todo.startswith("Empty it: ")


def test_the_sandbox_is_told_with_how_to_set_it_up(api: TwilioApi, trial: Settings) -> None:
    sandbox = replace(trial, twilio_whatsapp_from="+14155238886")
    finding = found(sandbox)["WhatsApp"]
    assert finding.ok
    assert "join" in finding.told
    assert "empty When a message comes in" in finding.todo
    assert PASTE in found(replace(sandbox, public_url=PUBLIC_URL))["WhatsApp"].todo
    assert not [call for call in api.calls if call.operation == "senders.list"]


def test_a_whatsapp_sender_of_another_account_is_told_beside_those_of_ours(
    api: TwilioApi, live: Settings
) -> None:
    finding = found(replace(live, twilio_whatsapp_from="+442071838750"))["WhatsApp"]
    assert not finding.ok
    assert "+442071838750" in finding.told
    assert WHATSAPP_FROM in finding.told
    assert "TWILIO_WHATSAPP_FROM" in finding.todo


@pytest.mark.parametrize("status", ["OFFLINE", "PENDING_VERIFICATION", "TWILIO_REVIEW", "CREATING"])
def test_a_whatsapp_sender_that_is_not_online_says_why(api: TwilioApi, live: Settings, status: str) -> None:
    api.sender.status = status
    api.sender.offline_reasons = [{"code": "63020", "message": "Meta asks for the business's papers."}]
    finding = found(live)["WhatsApp"]
    assert not finding.ok
    assert status.lower().replace("_", " ") in finding.told
    assert "Meta asks for the business's papers." in finding.told


def test_a_sender_whose_profile_is_being_changed_is_online(api: TwilioApi, live: Settings) -> None:
    api.sender.status = "ONLINE:UPDATING"
    assert found(live)["WhatsApp"].ok


def test_a_sender_that_people_block_is_something_to_do(api: TwilioApi, live: Settings) -> None:
    api.sender.quality_rating = "LOW"
    finding = found(live)["WhatsApp"]
    assert not finding.ok
    assert "quality LOW" in finding.told


def test_our_sender_is_found_among_many(api: TwilioApi, live: Settings) -> None:
    for number in range(60):
        other = f"whatsapp:+1415555{number:04}"
        api.senders = {other: WhatsAppSender(sender_id=other, sid=f"XE{number:032x}"), **api.senders}
    assert found(live)["WhatsApp"].ok


def test_a_number_of_another_account_is_told_beside_those_of_ours(live: Settings) -> None:
    finding = found(replace(live, twilio_sms_from="+442071838750"))["SMS"]
    assert not finding.ok
    assert SMS_FROM in finding.told
    assert "TWILIO_SMS_FROM" in finding.todo


def test_a_number_that_can_only_be_rung_is_no_sender(api: TwilioApi, live: Settings) -> None:
    api.number.can_sms = False
    told = found(live)
    assert not told["SMS"].ok
    assert "SMS webhook" not in told


def test_a_number_that_belongs_to_an_app_has_that_app_s_address(api: TwilioApi, live: Settings) -> None:
    api.number.sms_application_sid = "AP" + "0" * 32
    finding = found(live)["SMS webhook"]
    assert not finding.ok
    assert "TwiML app" in finding.told
    assert PASTE in finding.todo


def test_a_short_code_is_looked_at_like_a_number(api: TwilioApi, live: Settings) -> None:
    settings = replace(live, twilio_sms_from="56161")
    assert not found(settings)["SMS"].ok
    api.short_codes["56161"] = ShortCode(short_code="56161", sid="SC" + "0" * 32, sms_url=PASTE)
    told = found(settings)
    assert told["SMS"].ok
    assert "People write to 56161" in told["SMS"].told
    assert told["SMS webhook"].ok


def test_a_name_as_sender_is_told_to_be_one_way(live: Settings) -> None:
    told = found(replace(live, twilio_sms_from="City Clinic"))
    assert told["SMS"].ok
    assert "can't write back" in told["SMS"].told
    assert "SMS webhook" not in told


def test_a_messaging_service_is_looked_at_in_place_of_its_numbers(
    api: TwilioApi, by_service: Settings
) -> None:
    api.number.sms_url = "https://other.example.org/"  # which the service doesn't ask
    told = found(by_service)
    assert all(finding.ok and not finding.todo for finding in told.values()), told
    assert SMS_FROM in told["SMS"].told
    assert "Appointments" in told["SMS"].told


def test_a_messaging_service_may_leave_it_to_its_numbers(api: TwilioApi, by_service: Settings) -> None:
    api.service.use_inbound_webhook_on_number = True
    api.service.inbound_request_url = ""
    assert found(by_service)["SMS webhook"].ok
    api.number.sms_url = ""
    told = found(by_service)
    assert not told["SMS webhook"].ok
    assert SMS_FROM in told["SMS webhook"].todo


@pytest.mark.parametrize(
    ("public_url", "todo"), [(PUBLIC_URL, f"Send a webhook, with {PASTE}"), ("", "Defer to sender's webhook")]
)
def test_a_messaging_service_that_drops_what_comes_in_is_something_to_do(
    api: TwilioApi, by_service: Settings, public_url: str, todo: str
) -> None:
    api.service.inbound_request_url = ""
    finding = found(replace(by_service, public_url=public_url))["SMS webhook"]
    assert not finding.ok
    assert "drops" in finding.told
    assert todo in finding.todo


def test_a_messaging_service_that_is_not_there_is_told(by_service: Settings) -> None:
    finding = found(replace(by_service, twilio_messaging_service_sid="MG" + "0" * 32))["SMS"]
    assert not finding.ok
    assert "TWILIO_MESSAGING_SERVICE_SID" in finding.todo


def test_a_messaging_service_needs_a_sender(api: TwilioApi, by_service: Settings) -> None:
    api.service.number = ""
    told = found(by_service)
    assert not told["SMS"].ok
    assert "Sender Pool" in told["SMS"].todo
    assert "SMS webhook" not in told


def test_a_messaging_service_of_names_only_is_one_way(api: TwilioApi, by_service: Settings) -> None:
    api.service.number, api.service.names = "", ["City Clinic"]
    told = found(by_service)
    assert told["SMS"].ok
    assert "can't write back" in told["SMS"].told
    assert "City Clinic" in told["SMS"].told


def test_a_number_beside_the_service_must_be_in_its_pool(by_service: Settings) -> None:
    assert found(replace(by_service, twilio_sms_from=SMS_FROM))["SMS"].ok
    finding = found(replace(by_service, twilio_sms_from="+442071838750"))["SMS"]
    assert not finding.ok
    assert "empty TWILIO_SMS_FROM" in finding.todo


def test_who_looked_for_missed_messages_last_is_told_for_each_channel(live: Settings) -> None:
    now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    make_uow = memory_uow(NullAnnouncer())
    with make_uow() as uow:
        for channel in ("whatsapp", "sms"):
            uow.look_backs.since(channel, now=now)
        uow.look_backs.move("whatsapp", until=now, now=now - timedelta(seconds=40))
        uow.look_backs.move("sms", until=now, now=now - timedelta(hours=2))
        uow.commit()
        whatsapp, sms = look_back_findings(uow, live, at=now)
    assert whatsapp == Finding(
        name="WhatsApp messages missed",
        ok=True,
        told="Last asked 40 seconds ago for what never came to us.",
    )
    assert not sms.ok
    assert "since 02 March, 08:00 UTC" in sms.told
    assert "clock" in sms.todo


def test_where_nobody_has_looked_yet_the_clock_is_to_be_started(live: Settings) -> None:
    with memory_uow(NullAnnouncer())() as uow:
        [finding] = look_back_findings(uow, replace(live, twilio_sms_from=""), at=datetime.now(UTC))
    assert not finding.ok
    assert finding.told == "Nobody asks Twilio for what never came to us."


def test_the_sandbox_lacks_no_template_that_it_could_have(trial: Settings) -> None:
    sandbox = replace(trial, twilio_whatsapp_from="+14155238886")
    with memory_uow(NullAnnouncer())() as uow:
        frames, templates = template_findings(uow, settings=sandbox, catalogue=catalogue.load())
    assert frames.ok
    assert "whatsapp-templates create" in frames.todo
    assert templates.ok
    assert "24 hours" in templates.told
