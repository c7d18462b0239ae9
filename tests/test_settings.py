"""Settings are read once, completely, or refused with everything that is wrong."""

import stat
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from settings import Settings, SettingsError
from tests.processes import at_once

SECRET = "k" * 32
IN_PUBLIC = {
    "PUBLIC_URL": "https://queue.example.org",
    "DATABASE_URL": "postgresql://user:hunter22@db/threeaway",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": SECRET,
}
TOKEN = "f" * 32
AT_TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2, "TWILIO_AUTH_TOKEN": TOKEN}
NUMBER = "+14155238886"


def read(folder: Path, **environ: str) -> Settings:
    return Settings.from_env({"VAR_DIR": str(folder / "var"), **environ})


def problems_of(folder: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        read(folder, **environ)
    return refused.value.problems


def test_an_empty_environment_is_enough_for_a_trial(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.database_url == f"sqlite:///{settings.var_dir}/threeaway.db"
    assert settings.redis_url == ""
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_an_empty_or_blank_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, PORT="", HOST="  ").port == 8000


def test_a_public_installation_must_name_its_servers_and_its_secret(tmp_path: Path) -> None:
    assert problems_of(tmp_path, PUBLIC_URL="https://queue.example.org") == (
        "DATABASE_URL is required when PUBLIC_URL is set.",
        "REDIS_URL is required when PUBLIC_URL is set.",
        "SECRET_KEY is required when PUBLIC_URL is set.",
    )


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        PUBLIC_URL="queue.example.org",
        DATABASE_URL="mysql://db",
        REDIS_URL="localhost",
        SECRET_KEY="short",
        PORT="80000",
        OWNER_EMAIL="nobody",
        LOG_LEVEL="loud",
    )
    named = [problem.split()[0] for problem in problems]
    assert named == [
        "PUBLIC_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "PORT",
        "OWNER_EMAIL",
        "LOG_LEVEL",
    ]


def test_nothing_is_left_behind_by_a_refusal(tmp_path: Path) -> None:
    problems_of(tmp_path, PORT="http")
    assert not (tmp_path / "var").exists()


def test_no_secret_is_repeated_in_an_error_or_a_representation(tmp_path: Path) -> None:
    assert "hunter22" not in str(problems_of(tmp_path, DATABASE_URL="mysql://user:hunter22@db"))
    shown = repr(read(tmp_path, **IN_PUBLIC, OWNER_PASSWORD="correct horse"))
    assert not any(secret in shown for secret in ("hunter22", SECRET, "correct horse"))


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    kept = tmp_path / "var" / "secret_key"
    assert len(first) >= 32
    assert read(tmp_path).secret_key == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(200)]
    made = at_once(secrets_in, folders, runners=4)
    assert [len(set(secrets)) for secrets in zip(*made, strict=True)] == [1] * 200


def secrets_in(folders: list[Path]) -> list[str]:
    return [read(folder).secret_key for folder in folders]


def test_a_given_secret_is_used_and_none_is_written(tmp_path: Path) -> None:
    assert read(tmp_path, SECRET_KEY=SECRET).secret_key == SECRET
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_the_simulator_may_be_on_a_loopback_address(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, HOST=host).simulator_allowed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_the_simulator_may_not_be_where_others_reach_it(tmp_path: Path, host: str) -> None:
    assert not read(tmp_path, HOST=host).simulator_allowed


def test_a_public_address_without_tls_and_a_host_that_is_none_are_refused(tmp_path: Path) -> None:
    problems = str(
        problems_of(tmp_path, **IN_PUBLIC | {"PUBLIC_URL": "http://queue.example.org", "HOST": "nope"})
    )
    assert "PUBLIC_URL must be" in problems
    assert "HOST must be" in problems


def test_the_simulator_may_not_be_in_public(tmp_path: Path) -> None:
    assert not read(tmp_path, **IN_PUBLIC).simulator_allowed


def test_settings_never_change(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        read(tmp_path).port = 1  # type: ignore[misc]


def test_the_file_gives_what_the_environment_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "# ours\n\nPORT=9001\nHOST = '127.0.0.2'\nSECRET_KEY=\"a=b#c$d" + SECRET + '"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    settings = Settings.load()
    assert (settings.port, settings.host) == (9002, "127.0.0.2")
    assert settings.secret_key == "a=b#c$d" + SECRET


def test_without_any_of_it_there_is_neither_whatsapp_nor_sms(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert not settings.has_whatsapp
    assert not settings.has_sms
    assert settings.twilio_api_url == "https://api.twilio.com"


@pytest.mark.parametrize(
    ("sender", "whatsapp", "sms"),
    [
        ({"TWILIO_WHATSAPP_FROM": NUMBER}, True, False),
        ({"TWILIO_SMS_FROM": NUMBER}, False, True),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}, False, True),
        ({"TWILIO_WHATSAPP_FROM": NUMBER, "TWILIO_SMS_FROM": "+16505550100"}, True, True),
    ],
)
def test_either_channel_works_without_the_other(
    tmp_path: Path, sender: dict[str, str], whatsapp: bool, sms: bool
) -> None:
    settings = read(tmp_path, **AT_TWILIO, **sender)
    assert (settings.has_whatsapp, settings.has_sms) == (whatsapp, sms)


@pytest.mark.parametrize(
    "sender", ["TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "TWILIO_MESSAGING_SERVICE_SID"]
)
def test_a_sender_needs_an_account_and_its_token(tmp_path: Path, sender: str) -> None:
    value = "MG" + "0" * 32 if sender.endswith("SID") else NUMBER
    assert problems_of(tmp_path, **{sender: value}) == (
        "TWILIO_ACCOUNT_SID is required for WhatsApp and SMS.",
        "TWILIO_AUTH_TOKEN is required for WhatsApp and SMS.",
    )


def test_an_account_needs_its_token_and_a_sender(tmp_path: Path) -> None:
    given = {"TWILIO_ACCOUNT_SID": AT_TWILIO["TWILIO_ACCOUNT_SID"]}
    without_token, without_sender = problems_of(tmp_path, **given)
    assert without_token == "TWILIO_AUTH_TOKEN is required for WhatsApp and SMS."
    assert "TWILIO_WHATSAPP_FROM, TWILIO_SMS_FROM" in without_sender


def test_all_that_is_wrong_of_twilio_is_said_at_once_and_nothing_of_it_repeated(tmp_path: Path) -> None:
    wrong = {
        "TWILIO_ACCOUNT_SID": "hunter22",
        "TWILIO_WHATSAPP_FROM": "6505550100",
        "TWILIO_SMS_FROM": "a name that is too long",
        "TWILIO_MESSAGING_SERVICE_SID": "hunter22",
        "TWILIO_SMS_SEGMENTS_PER_SECOND": "0",
        "TWILIO_API_URL": "hunter22",
    }
    problems = problems_of(tmp_path, **wrong)
    assert [problem.split()[0] for problem in problems] == ["TWILIO_AUTH_TOKEN", *wrong]
    assert not any(value in str(problems) for value in set(wrong.values()) - {"0"})


def test_no_token_of_twilio_is_shown(tmp_path: Path) -> None:
    secondary = "e" * 32
    settings = read(tmp_path, **AT_TWILIO, TWILIO_AUTH_TOKEN_SECONDARY=secondary, TWILIO_SMS_FROM=NUMBER)
    assert (settings.twilio_auth_token, settings.twilio_auth_token_secondary) == (TOKEN, secondary)
    assert not any(token in repr(settings) for token in (TOKEN, secondary))


@pytest.mark.parametrize("number", [NUMBER, f"whatsapp:{NUMBER}"])
def test_the_whatsapp_number_may_be_copied_with_twilios_prefix(tmp_path: Path, number: str) -> None:
    assert read(tmp_path, **AT_TWILIO, TWILIO_WHATSAPP_FROM=number).twilio_whatsapp_from == NUMBER


@pytest.mark.parametrize("sender", [NUMBER, "56161", "City Clinic", "Clinic 24"])
def test_sms_may_come_from_a_number_a_short_code_or_a_name(tmp_path: Path, sender: str) -> None:
    assert read(tmp_path, **AT_TWILIO, TWILIO_SMS_FROM=sender).twilio_sms_from == sender


@pytest.mark.parametrize(
    "sender",
    ["4155238886", "12", "+1 415 523 8886", "City Hospital", "Klinik-1", "Müller", "+१४१५५२३८८८६", "   . "],
)
def test_what_no_carrier_takes_as_a_sender_of_sms_is_refused(tmp_path: Path, sender: str) -> None:
    [problem] = problems_of(tmp_path, **AT_TWILIO, TWILIO_SMS_FROM=sender)
    assert problem.startswith("TWILIO_SMS_FROM must be a number such as")


def test_twilio_s_server_may_be_another_and_ends_without_a_slash(tmp_path: Path) -> None:
    settings = read(tmp_path, **AT_TWILIO, TWILIO_SMS_FROM=NUMBER, TWILIO_API_URL="http://127.0.0.1:4010/")
    assert settings.twilio_api_url == "http://127.0.0.1:4010"
