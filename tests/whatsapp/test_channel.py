"""Which channels there are, and what the core knows of them before a message goes."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from persistence.memory import memory_uow
from settings import Settings
from tests.doubles.kept_pace import KeptPace
from tests.use_cases.clinic import SilentAnnouncer
from whatsapp.channel import twilio_channels

ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "t" * 32}


def channels_of(tmp_path: Path, **given: str) -> set[str]:
    settings = Settings.from_env({"VAR_DIR": str(tmp_path), **given})
    return set(twilio_channels(settings, pace=KeptPace(), uow=memory_uow(SilentAnnouncer())))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, set()),
        ({**ACCOUNT, "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886"}, {"whatsapp"}),
        ({**ACCOUNT, "TWILIO_SMS_FROM": "+15017122661"}, {"sms"}),
        ({**ACCOUNT, "TWILIO_MESSAGING_SERVICE_SID": "MG" + "6" * 32}, {"sms"}),
        (
            {**ACCOUNT, "TWILIO_WHATSAPP_FROM": "+14155238886", "TWILIO_SMS_FROM": "CLINIC"},
            {"whatsapp", "sms"},
        ),
    ],
)
def test_each_channel_is_there_where_it_has_a_sender(
    tmp_path: Path, given: dict[str, str], names: set[str]
) -> None:
    assert channels_of(tmp_path, **given) == names


def test_whatsapp_closes_a_little_before_24_hours_and_sms_never(tmp_path: Path) -> None:
    given = {**ACCOUNT, "TWILIO_WHATSAPP_FROM": "+14155238886", "TWILIO_SMS_FROM": "+15017122661"}
    settings = Settings.from_env({"VAR_DIR": str(tmp_path), **given})
    channels = twilio_channels(settings, pace=KeptPace(), uow=memory_uow(SilentAnnouncer()))
    assert channels["whatsapp"].capabilities.window == timedelta(hours=23, minutes=55)
    assert channels["sms"].capabilities.window is None
    for name, channel in channels.items():
        assert (channel.name, channel.account) == (name, ACCOUNT["TWILIO_ACCOUNT_SID"])
        assert channel.capabilities.confirms and channel.capabilities.handle_is_phone
        assert channel.read({"From": "whatsapp:+919800000001"}).channel == name


def test_twilios_library_is_not_loaded_before_a_message_goes(tmp_path: Path) -> None:
    told = {**ACCOUNT, "TWILIO_WHATSAPP_FROM": "+14155238886", "TWILIO_SMS_FROM": "+15017122661"}
    program = (
        "import sys, app\n"
        "from settings import Settings\n"
        f"services = app.make_services(Settings.from_env({told | {'VAR_DIR': str(tmp_path)}}))\n"
        "assert {'whatsapp', 'sms'} <= set(services.channels)\n"
        "assert 'twilio.rest' not in sys.modules and 'requests' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
