"""What is found of an installation's parts, on a real database and a real Valkey."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import make_checks, make_services
from checks import installation
from checks.examination import Finding
from domain.ports import UnitOfWork
from embedded.process import free_port
from jobs.announcer import NullAnnouncer
from persistence.engine import make_engine
from settings import Settings
from tests.use_cases.clinic import MORNING, open_clinic

PROCESSES = ("worker:inbox:1", "worker:alerts:1", "worker:bulk:1", "clock:1")


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings.from_env({"DATABASE_URL": sqlite_url, "VAR_DIR": str(tmp_path / "var")})


@pytest.fixture
def make_uow(settings: Settings) -> Callable[[], UnitOfWork]:
    return make_services(settings, announcer=NullAnnouncer()).uow


def only(findings: "list[Finding]") -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def found(settings: Settings, name: str) -> list[Finding]:
    """What the check of that name finds, as app.py makes it."""
    engine = make_engine(settings.database_url)
    checks = make_checks(make_services(settings, announcer=NullAnnouncer()), engine)
    [check] = [check for check in checks if check.name == name]
    findings = list(check.look())
    engine.dispose()
    return findings


def test_a_trial_is_well_and_told_how_to_go_live(settings: Settings) -> None:
    finding = only(found(settings, "Address"))
    assert finding.ok
    assert "trial" in finding.told
    assert "PUBLIC_URL" in finding.todo


@pytest.mark.parametrize(
    ("url", "ok"), [("https://queue.example.org", True), ("http://127.0.0.1:8000", False)]
)
def test_only_https_is_an_address_to_go_live_with(settings: Settings, url: str, ok: bool) -> None:
    finding = only(found(replace(settings, public_url=url), "Address"))
    assert finding.ok is ok
    assert ("https" in finding.todo) is not ok


def test_a_database_that_is_not_there_is_not_made_by_looking(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    finding = only(found(replace(settings, database_url=f"sqlite:///{file}"), "Database"))
    assert not finding.ok
    assert "migrate" in finding.todo
    assert not file.exists()


def test_a_database_of_another_revision_is_to_be_migrated(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    finding = only(found(replace(settings, database_url=f"sqlite:///{tmp_path}/empty.db"), "Database"))
    assert not finding.ok
    assert "migrate" in finding.todo


def test_a_database_that_is_away_is_said_without_its_password(settings: Settings) -> None:
    away = f"postgresql://postgres:secret-word@127.0.0.1:{free_port()}/threeaway"
    finding = only(found(replace(settings, database_url=away), "Database"))
    assert not finding.ok
    assert "reached" in finding.told
    assert "secret-word" not in str(finding)


def test_an_empty_installation_lacks_a_site_and_processes(settings: Settings) -> None:
    findings = {finding.name: finding for finding in found(settings, "Database")}
    assert findings["Database"].ok
    assert not findings["Sites"].ok
    assert "setup" in findings["Sites"].todo
    assert not findings["Processes"].ok
    assert findings["Processes"].todo == "Start make run."
    assert findings["Messages"].ok


def test_what_our_rows_say_of_whatsapp_and_sms_is_told(
    settings: Settings, make_uow: Callable[[], UnitOfWork]
) -> None:
    open_clinic(make_uow)
    twilio = replace(
        settings,
        twilio_account_sid="AC" + "4a" * 16,
        twilio_whatsapp_from="+13105550142",
        twilio_sms_from="+15017122661",
    )
    told = {finding.name: finding for finding in found(twilio, "Database")}
    assert not told["WhatsApp messages missed"].ok
    assert not told["SMS messages missed"].ok
    assert "whatsapp-templates create" in told["WhatsApp templates, Hindi"].todo
    assert any(name.startswith("SMS at ") for name in told), list(told)
    without = {finding.name for finding in found(settings, "Database")}
    assert not any(name.startswith(("WhatsApp", "SMS")) for name in without)


def test_a_site_is_named(make_uow: Callable[[], UnitOfWork]) -> None:
    clinic = open_clinic(make_uow)
    with make_uow() as uow:
        finding = only(list(installation.sites(uow)))
    assert finding.ok
    assert clinic.site.name in finding.told


def test_silent_processes_are_named_with_the_lines_that_start_them(
    settings: Settings, make_uow: Callable[[], UnitOfWork]
) -> None:
    live = replace(settings, public_url="https://queue.example.org")
    with make_uow() as uow:
        for process in PROCESSES:
            uow.heartbeats.beat(process, now=MORNING)
        uow.heartbeats.beat("clock:1", now=MORNING - timedelta(minutes=2))
        silent = only(list(installation.processes(uow, settings=live, at=MORNING)))
        uow.heartbeats.beat("clock:2", now=MORNING)
        alive = only(list(installation.processes(uow, settings=live, at=MORNING)))
    assert not silent.ok
    assert silent.told.endswith("from the clock.")
    assert silent.todo.endswith("Procfile: clock.")
    assert alive.ok


def test_a_message_that_is_late_is_said(make_uow: Callable[[], UnitOfWork]) -> None:
    clinic = open_clinic(make_uow)
    clinic.book("asha")
    clinic.start()
    clinic.next()
    with make_uow() as uow:
        at_once = only(list(installation.messages(uow, at=MORNING)))
        later = only(list(installation.messages(uow, at=MORNING + timedelta(minutes=3))))
    assert at_once.ok
    assert not later.ok


def test_what_only_people_can_mend_is_told_until_it_is_quiet_for_a_day(
    settings: Settings, make_uow: Callable[[], UnitOfWork]
) -> None:
    now = datetime.now(UTC)
    assert [f.ok for f in found(settings, "Database") if f.name == "Alarms"] == [True]
    with make_uow() as uow:
        for hours in (30, 25):
            uow.alarms.ring("old", told="Old.", todo="Mend it.", now=now - timedelta(hours=hours))
        for hours in (30, 2):
            uow.alarms.ring("sms:30007", told="Filtered.", todo="Register.", now=now - timedelta(hours=hours))
        uow.alarms.ring("twilio:20003", told="Refused.", todo="Look.", now=now)
        uow.commit()
    refused, filtered = (f for f in found(settings, "Database") if f.name == "Alarm")
    first, last = (f"{now - timedelta(hours=hours):%Y-%m-%d %H:%M} UTC" for hours in (30, 2))
    assert filtered.told == f"Filtered. 2 times since {first}, last at {last}."
    assert (refused.told, refused.todo) == (f"Refused. Once since {now:%Y-%m-%d %H:%M} UTC.", "Look.")
    assert not refused.ok


def test_redis_is_tried(settings: Settings, redis_url: str) -> None:
    assert only(found(replace(settings, redis_url=redis_url), "Redis")).ok
    away = f"redis://:secret-word@127.0.0.1:{free_port()}/0"
    finding = only(found(replace(settings, redis_url=away), "Redis"))
    assert not finding.ok
    assert "secret-word" not in str(finding)


def test_make_run_brings_a_redis(settings: Settings) -> None:
    assert only(found(settings, "Redis")).ok
