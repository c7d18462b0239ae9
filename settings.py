"""Everything the environment decides, read once at start; no other module may read environment variables."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_SHORTEST_SECRET = 32


class SettingsError(ValueError):
    """All that is missing or malformed in the environment, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "The environment can't be used:\n" + "\n".join(f"  {problem}" for problem in problems)
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable, as README.md and .env.example tell of it."""

    name: str
    default: str
    purpose: str
    required_in_public: bool = False


VARIABLES = (
    Variable(
        name="PUBLIC_URL",
        default="",
        purpose="The https address where people reach this installation. Empty: a trial on this machine.",
    ),
    Variable(
        name="DATABASE_URL",
        default="",
        purpose="The database: postgresql://user:password@host/name. Empty: an SQLite file in VAR_DIR.",
        required_in_public=True,
    ),
    Variable(
        name="REDIS_URL",
        default="",
        purpose="Redis or Valkey: redis://host:6379/0. Empty: `make run` starts one of its own.",
        required_in_public=True,
    ),
    Variable(
        name="SECRET_KEY",
        default="",
        purpose=f"Signs cookies: {_SHORTEST_SECRET} characters or more. Empty: made at first start.",
        required_in_public=True,
    ),
    Variable(
        name="TELEGRAM_BOT_TOKEN",
        default="",
        purpose="The bot's token, from @BotFather. Empty: no Telegram.",
    ),
    Variable(
        name="TELEGRAM_API_URL",
        default="https://api.telegram.org",
        purpose="The root of the Bot API server, where an installation runs its own.",
    ),
    Variable(
        name="TELEGRAM_MESSAGES_PER_SECOND",
        default="25",
        purpose="How many messages the bot sends a second; Telegram allows about 30, and more to whom it sells them.",
    ),
    Variable(
        name="TWILIO_ACCOUNT_SID",
        default="",
        purpose="The Twilio account that WhatsApp and SMS go by, AC…. Empty: neither.",
    ),
    Variable(
        name="TWILIO_AUTH_TOKEN",
        default="",
        purpose="Its primary auth token: signs what Twilio posts to us, and lets us in there.",
    ),
    Variable(
        name="TWILIO_AUTH_TOKEN_SECONDARY",
        default="",
        purpose="While the token is being changed, the other one: what either has signed is believed.",
    ),
    Variable(
        name="TWILIO_WHATSAPP_FROM",
        default="",
        purpose="The number of the WhatsApp sender, such as +14155238886. Empty: no WhatsApp.",
    ),
    Variable(
        name="TWILIO_SMS_FROM",
        default="",
        purpose="The number, short code or name that SMS come from. Empty: no SMS, but for a messaging service.",
    ),
    Variable(
        name="TWILIO_MESSAGING_SERVICE_SID",
        default="",
        purpose="The messaging service that SMS go by, MG…, in place of one number or beside it.",
    ),
    Variable(
        name="TWILIO_SMS_SEGMENTS_PER_SECOND",
        default="1",
        purpose="How many segments the SMS sender may say a second; an ordinary number one, others more.",
    ),
    Variable(
        name="TWILIO_API_URL",
        default="https://api.twilio.com",
        purpose="The root of Twilio's REST API. Another than Twilio's own serves its other APIs as well.",
    ),
    Variable(name="HOST", default="127.0.0.1", purpose="The address to listen on."),
    Variable(name="PORT", default="8000", purpose="The port to listen on."),
    Variable(
        name="OWNER_EMAIL",
        default="owner@example.org",
        purpose="Who owns the demo made at first start.",
    ),
    Variable(
        name="OWNER_PASSWORD",
        default="",
        purpose="The owner's password at first start. Empty: a random one is made and printed once.",
    ),
    Variable(name="VAR_DIR", default="var", purpose="The folder for data that this machine keeps."),
    Variable(name="LOG_LEVEL", default="INFO", purpose="How much is logged: " + ", ".join(_LOG_LEVELS) + "."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    public_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    telegram_bot_token: str = field(repr=False)
    telegram_api_url: str
    telegram_messages_per_second: int
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_auth_token_secondary: str = field(repr=False)
    twilio_whatsapp_from: str
    twilio_sms_from: str
    twilio_messaging_service_sid: str
    twilio_sms_segments_per_second: int
    twilio_api_url: str
    host: str
    port: int
    owner_email: str
    owner_password: str = field(repr=False)
    var_dir: Path
    log_level: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError, which names everything that is missing or malformed at once."""
        values = {
            variable.name: environ.get(variable.name, "").strip() or variable.default
            for variable in VARIABLES
        }
        problems = _problems(values, given=environ)
        if problems:
            raise SettingsError(problems)
        var_dir = Path(values["VAR_DIR"])
        return cls(
            public_url=values["PUBLIC_URL"].rstrip("/"),
            database_url=values["DATABASE_URL"] or f"sqlite:///{var_dir}/threeaway.db",
            redis_url=values["REDIS_URL"],
            secret_key=values["SECRET_KEY"] or _kept_secret(var_dir / "secret_key"),
            telegram_bot_token=values["TELEGRAM_BOT_TOKEN"],
            telegram_api_url=values["TELEGRAM_API_URL"].rstrip("/"),
            telegram_messages_per_second=int(values["TELEGRAM_MESSAGES_PER_SECOND"]),
            twilio_account_sid=values["TWILIO_ACCOUNT_SID"],
            twilio_auth_token=values["TWILIO_AUTH_TOKEN"],
            twilio_auth_token_secondary=values["TWILIO_AUTH_TOKEN_SECONDARY"],
            twilio_whatsapp_from=values["TWILIO_WHATSAPP_FROM"].removeprefix("whatsapp:"),
            twilio_sms_from=values["TWILIO_SMS_FROM"],
            twilio_messaging_service_sid=values["TWILIO_MESSAGING_SERVICE_SID"],
            twilio_sms_segments_per_second=int(values["TWILIO_SMS_SEGMENTS_PER_SECOND"]),
            twilio_api_url=values["TWILIO_API_URL"].rstrip("/"),
            host=values["HOST"],
            port=int(values["PORT"]),
            owner_email=values["OWNER_EMAIL"],
            owner_password=values["OWNER_PASSWORD"],
            var_dir=var_dir,
            log_level=values["LOG_LEVEL"].upper(),
        )

    @classmethod
    def load(cls) -> Self:
        """From the process's environment, and the file .env for what isn't set there."""
        return cls.from_env({**_dotenv(Path(".env")), **os.environ})

    @property
    def has_whatsapp(self) -> bool:
        return bool(self.twilio_account_sid and self.twilio_whatsapp_from)

    @property
    def has_sms(self) -> bool:
        return bool(self.twilio_account_sid and (self.twilio_sms_from or self.twilio_messaging_service_sid))

    @property
    def simulator_allowed(self) -> bool:
        """The phone simulator impersonates people: only on a machine that nobody else reaches."""
        return not self.public_url and _is_loopback(self.host)


def table_as_markdown() -> str:
    """The table of variables in README.md."""
    rows = ["| variable | default | what it's for |", "|---|---|---|"]
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else ""
        rows.append(f"| `{variable.name}` | {default} | {variable.purpose}{_when_required(variable)} |")
    return "\n".join(rows) + "\n"


def table_as_env_example() -> str:
    """The text of .env.example: every variable, commented out, at its default."""
    return "\n".join(
        f"# {variable.purpose}{_when_required(variable)}\n#{variable.name}={variable.default}\n"
        for variable in VARIABLES
    )


def _dotenv(path: Path) -> dict[str, str]:
    """Lines NAME=value; nothing is expanded, a pair of quotes around the value is dropped."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): _unquoted(value.strip()) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _when_required(variable: Variable) -> str:
    return " Required when PUBLIC_URL is set." if variable.required_in_public else ""


def _problems(values: Mapping[str, str], *, given: Mapping[str, str]) -> list[str]:
    problems = []
    if values["PUBLIC_URL"]:
        problems += [
            f"{variable.name} is required when PUBLIC_URL is set."
            for variable in VARIABLES
            if variable.required_in_public and not given.get(variable.name, "").strip()
        ]
    problems += _twilio_problems(values)
    checks = {
        "PUBLIC_URL": ("an address such as https://queue.example.org", _is_web_address),
        "TELEGRAM_BOT_TOKEN": ("a token such as 123456:ABC-DEF", _is_bot_token),
        "TELEGRAM_API_URL": ("an address such as https://api.telegram.org", _is_server_address),
        "TELEGRAM_MESSAGES_PER_SECOND": ("a whole number above 5", lambda text: _is_number(text, above=5)),
        "TWILIO_ACCOUNT_SID": ("AC and 32 hexadecimal digits", lambda sid: _is_sid(sid, kind="AC")),
        "TWILIO_WHATSAPP_FROM": ("a number such as +14155238886", _is_whatsapp_number),
        "TWILIO_SMS_FROM": (
            "a number such as +14155238886, a short code, or a name of up to 11 letters",
            _is_sms_sender,
        ),
        "TWILIO_MESSAGING_SERVICE_SID": (
            "MG and 32 hexadecimal digits",
            lambda sid: _is_sid(sid, kind="MG"),
        ),
        "TWILIO_SMS_SEGMENTS_PER_SECOND": (
            "a whole number above 0",
            lambda text: _is_number(text, above=0),
        ),
        "TWILIO_API_URL": ("an address such as https://api.twilio.com", _is_server_address),
        "HOST": ("an IP address of this machine, or localhost", _is_host),
        "DATABASE_URL": ("postgresql://… or sqlite:///…", _is_database_url),
        "REDIS_URL": ("redis://… or rediss://…", _is_redis_url),
        "SECRET_KEY": (f"at least {_SHORTEST_SECRET} characters", lambda key: len(key) >= _SHORTEST_SECRET),
        "PORT": ("a number from 1 to 65535", _is_port),
        "OWNER_EMAIL": ("an e-mail address", lambda address: 0 < address.find("@") < len(address) - 1),
        "LOG_LEVEL": ("one of " + ", ".join(_LOG_LEVELS), lambda level: level.upper() in _LOG_LEVELS),
    }
    # The value isn't repeated: it may hold a password.
    problems += [
        f"{name} must be {wanted}."
        for name, (wanted, is_right) in checks.items()
        if values[name] and not is_right(values[name])
    ]
    return problems


def _is_web_address(text: str) -> bool:
    """Without TLS the log-in's cookie would travel in the clear; on one machine it doesn't travel."""
    parts = urlsplit(text)
    protected = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    return protected and bool(parts.hostname) and parts.path in {"", "/"}


def _is_server_address(text: str) -> bool:
    """A server of our own may stand in the same network, without TLS."""
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_bot_token(text: str) -> bool:
    return re.fullmatch(r"\d+:[A-Za-z0-9_-]+", text) is not None


def _is_database_url(text: str) -> bool:
    return text.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///"))


def _is_redis_url(text: str) -> bool:
    return text.startswith(("redis://", "rediss://", "unix://"))


def _twilio_problems(values: Mapping[str, str]) -> list[str]:
    """What belongs together: an account and its token, and at least one sender."""
    account, token = values["TWILIO_ACCOUNT_SID"], values["TWILIO_AUTH_TOKEN"]
    senders = ("TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "TWILIO_MESSAGING_SERVICE_SID")
    given = [name for name in senders if values[name]]
    if not (account or token or given):
        return []
    missing = [name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if not values[name]]
    problems = [f"{name} is required for WhatsApp and SMS." for name in missing]
    if not given:
        problems.append("TWILIO_ACCOUNT_SID needs a sender: TWILIO_WHATSAPP_FROM, TWILIO_SMS_FROM, or both.")
    return problems


def _is_sid(text: str, *, kind: str) -> bool:
    return re.fullmatch(kind + "[0-9a-fA-F]{32}", text) is not None


def _is_whatsapp_number(text: str) -> bool:
    return re.fullmatch(r"(whatsapp:)?\+\d{7,15}", text, flags=re.ASCII) is not None


def _is_sms_sender(text: str) -> bool:
    """Names are of Latin letters, digits and spaces, with a letter among them."""
    is_name = re.fullmatch(r"[A-Za-z0-9 ]{1,11}", text) is not None and not text.isdigit()
    return is_name or re.fullmatch(r"\+\d{7,15}|\d{3,8}", text, flags=re.ASCII) is not None


def _is_port(text: str) -> bool:
    return _is_number(text, above=0) and int(text) <= 65535


def _is_number(text: str, *, above: int) -> bool:
    return text.isascii() and text.isdecimal() and int(text) > above


def _is_host(text: str) -> bool:
    try:
        return text == "localhost" or bool(ip_address(text))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_host(host) and ip_address(host).is_loopback)


def _kept_secret(path: Path) -> str:
    """The key made at first start; of processes that start together, the first to link its key wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        own = path.with_name(f".secret_key.{secrets.token_hex(8)}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            path.hardlink_to(own)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return path.read_text(encoding="ascii").strip()
