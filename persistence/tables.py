"""All tables, as alembic migrates them. Never a query.

Every row of a site carries organisation and site, so that hot tables can be partitioned by them.
Names, phones and e-mails stand in `users` and `addresses` only: all else holds ids, or erasure would fail.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, a naive UTC time on SQLite, aware again when read."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON()


def _id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _of_site() -> tuple[Column[int], Column[int]]:
    return (
        Column("organisation_id", BigId, ForeignKey("organisations.id"), nullable=False),
        Column("site_id", BigId, ForeignKey("sites.id"), nullable=False),
    )


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


organisations = Table("organisations", metadata, _id(), Column("name", sa.Text, nullable=False))

sites = Table(
    "sites",
    metadata,
    _id(),
    Column("organisation_id", BigId, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("slug", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("discreet_name", sa.Text, nullable=False),
    Column("time_zone", sa.Text, nullable=False),
    Column("default_language", sa.Text, nullable=False),
    Column("address", sa.Text),
    Column("map_url", sa.Text),
    Column("emergency_text", sa.Text),
    Column("cancel_cutoff_minutes", sa.Integer, nullable=False, server_default="0"),
    Column("one_booking_per_day", sa.Boolean, nullable=False, server_default=sa.true()),
    Column("reminder_minutes", sa.Integer, nullable=False, server_default="120"),
    Column("country", sa.Text),
)

departments = Table(
    "departments",
    metadata,
    _id(),
    *_of_site(),
    Column("name", sa.Text, nullable=False),
    UniqueConstraint("site_id", "name"),
)

services = Table(
    "services",
    metadata,
    _id(),
    *_of_site(),
    Column("department_id", BigId, ForeignKey("departments.id")),
    Column("name", sa.Text, nullable=False),
    Column("discreet_name", sa.Text, nullable=False),
    Column("room", sa.Text),
    Column("what_to_bring", sa.Text),
    Column("fee", sa.Text),
    Column("minutes", sa.Integer, nullable=False),
    Column("available", sa.Boolean, nullable=False, server_default=sa.true()),
    UniqueConstraint("site_id", "name"),
    CheckConstraint("minutes > 0", name="minutes_positive"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("service_id", BigId, ForeignKey("services.id"), primary_key=True),
    *_of_site(),
    Column("weekdays", sa.Text, nullable=False),  # digits, 0 Monday: "01234"
    Column("opens", sa.Time, nullable=False),
    Column("closes", sa.Time, nullable=False),
    Column("slot_minutes", sa.Integer, nullable=False),
    Column("capacity", sa.Integer, nullable=False),
    Column("days_ahead", sa.Integer, nullable=False),
    CheckConstraint("slot_minutes > 0", name="slot_minutes_positive"),
    CheckConstraint("capacity > 0", name="capacity_positive"),
)

users = Table(
    "users",
    metadata,
    _id(),
    Column("organisation_id", BigId, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("name", sa.Text, nullable=False),
    Column("email", sa.Text),
    Column("phone", sa.Text, index=True),
    Column("language", sa.Text),
    Column("reference_number", sa.Text),
    Column("password_hash", sa.Text),
    Column("created_at", Instant, nullable=False, server_default=sa.func.now()),
    Column("disabled_at", Instant),
    Column("erased_at", Instant),
)
# Staff log in by e-mail, so it is unique among those who have a password; patients may share one.
Index(
    "uq_users_login_email",
    sa.func.lower(users.c.email),
    unique=True,
    postgresql_where=users.c.password_hash.is_not(None),
    sqlite_where=users.c.password_hash.is_not(None),
)

memberships = Table(
    "memberships",
    metadata,
    _id(),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False, index=True),
    Column("organisation_id", BigId, ForeignKey("organisations.id"), nullable=False),
    Column("site_id", BigId, ForeignKey("sites.id")),
    Column("role", sa.Text, nullable=False),
    _one_of("role", "operator", "manager", "owner"),
)
# A plain UNIQUE lets NULLs repeat: one membership for the whole organisation, one for each site.
Index(
    "uq_memberships_place",
    memberships.c.user_id,
    memberships.c.organisation_id,
    sa.func.coalesce(memberships.c.site_id, 0),
    unique=True,
)

addresses = Table(
    "addresses",
    metadata,
    _id(),
    Column("channel", sa.Text, nullable=False),
    Column("handle", sa.Text, nullable=False),
    Column("display_name", sa.Text),
    Column("phone", sa.Text, index=True),  # E.164, of whom the channel vouches for
    Column("language", sa.Text),
    Column("consent_at", Instant),
    Column("consent_version", sa.Text),
    Column("verified_at", Instant),
    Column("stopped_at", Instant),
    Column("blocked_at", Instant),
    Column("last_inbound_at", Instant),
    Column("quiet_from", sa.Time),
    Column("quiet_until", sa.Time),
    UniqueConstraint("channel", "handle"),
)

address_users = Table(
    "address_users",
    metadata,
    Column("address_id", BigId, ForeignKey("addresses.id"), primary_key=True),
    Column("organisation_id", BigId, ForeignKey("organisations.id"), primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False, index=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("address_id", BigId, ForeignKey("addresses.id"), primary_key=True, autoincrement=False),
    Column("state", sa.Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("choices", Json, nullable=False),
    Column("page", sa.Integer, nullable=False, server_default="0"),
    Column("revision", sa.Integer, nullable=False, server_default="0"),
    Column("site_id", BigId, ForeignKey("sites.id")),
    Column("updated_at", Instant),
)

queues = Table(
    "queues",
    metadata,
    _id(),
    *_of_site(),
    Column("service_id", BigId, ForeignKey("services.id"), nullable=False),
    Column("business_date", sa.Date, nullable=False),
    Column("state", sa.Text, nullable=False, server_default="not_started"),
    Column("started_at", Instant),
    Column("next_walk_in", sa.Integer, nullable=False, server_default="1"),
    UniqueConstraint("service_id", "business_date"),
    _one_of("state", "not_started", "open", "paused", "closed"),
)
Index("ix_queues_site_day", queues.c.site_id, queues.c.business_date)
Index(
    "ix_queues_unclosed",
    queues.c.site_id,
    queues.c.business_date,
    postgresql_where=queues.c.state != "closed",
    sqlite_where=queues.c.state != "closed",
)

_RUNNING = queues.c.state.in_([sa.literal_column("'open'"), sa.literal_column("'paused'")])
Index("ix_queues_running", queues.c.id, postgresql_where=_RUNNING, sqlite_where=_RUNNING)

counters = Table(
    "counters",
    metadata,
    _id(),
    *_of_site(),
    Column("name", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False, server_default="0"),
    Column("queue_id", BigId, ForeignKey("queues.id"), index=True),
    Column("ticket_id", BigId, unique=True),  # no foreign key: tickets and counters would refer to each other
    UniqueConstraint("site_id", "name"),
)

counter_services = Table(
    "counter_services",
    metadata,
    Column("counter_id", BigId, ForeignKey("counters.id"), primary_key=True),
    Column("service_id", BigId, ForeignKey("services.id"), primary_key=True, index=True),
    *_of_site(),
)

slots = Table(
    "slots",
    metadata,
    _id(),
    *_of_site(),
    Column("service_id", BigId, ForeignKey("services.id"), nullable=False),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("date", sa.Date, nullable=False),
    Column("start_time", sa.Time, nullable=False),
    Column("end_time", sa.Time, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("max_capacity", sa.Integer, nullable=False),
    Column("booked", sa.Integer, nullable=False, server_default="0"),
    Column("next_seq", sa.Integer, nullable=False, server_default="1"),
    Column("token_prefix", sa.Text, nullable=False),
    Column("current_token", sa.Text),
    Column("closed_at", Instant),
    UniqueConstraint("service_id", "date", "start_time"),
    CheckConstraint("booked >= 0 AND booked <= max_capacity", name="booked_within_capacity"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
)

visits = Table(
    "visits",
    metadata,
    _id(),
    *_of_site(),
    Column("code", sa.Text, nullable=False),
    Column("link", sa.Text, nullable=False, unique=True),
    Column("booker_id", BigId, ForeignKey("users.id")),
    Column("patient_id", BigId, ForeignKey("users.id")),
    Column("address_id", BigId, ForeignKey("addresses.id")),
    Column("request_key", sa.Text, unique=True),  # of the form that made it, so that a repeat makes no second
    Column("created_at", Instant, nullable=False, server_default=sa.func.now()),
    UniqueConstraint("site_id", "code"),
)

appointments = Table(
    "appointments",
    metadata,
    _id(),
    *_of_site(),
    Column("service_id", BigId, ForeignKey("services.id"), nullable=False),
    Column("slot_id", BigId, ForeignKey("slots.id"), nullable=False, index=True),
    Column("visit_id", BigId, ForeignKey("visits.id"), nullable=False, index=True),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("business_date", sa.Date, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("patient_id", BigId, ForeignKey("users.id"), nullable=False, index=True),
    Column("booker_id", BigId, ForeignKey("users.id"), nullable=False, index=True),
    Column("token_number", sa.Text, nullable=False),
    Column("status", sa.Text, nullable=False, server_default="booked"),
    Column("rescheduled_from", BigId, ForeignKey("appointments.id")),
    Column("held_until", Instant),
    # "patient:service:date" while the booking is live and the site allows one a day; NULL otherwise.
    Column("one_a_day_key", sa.Text, unique=True),
    Column("created_at", Instant, nullable=False, server_default=sa.func.now()),
    UniqueConstraint("service_id", "business_date", "token_number"),
    _one_of("status", "held", "booked", "cancelled", "completed", "no_show"),
)

_TICKET_STATES = (
    "expected",
    "waiting",
    "called",
    "serving",
    "completed",
    "on_hold",
    "no_show",
    "left",
    "transferred",
    "void",
)

tickets = Table(
    "tickets",
    metadata,
    _id(),
    *_of_site(),
    Column("service_id", BigId, ForeignKey("services.id"), nullable=False),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("visit_id", BigId, ForeignKey("visits.id"), nullable=False, index=True),
    Column("appointment_id", BigId, ForeignKey("appointments.id"), index=True),
    Column("slot_id", BigId, ForeignKey("slots.id")),
    Column("address_id", BigId, ForeignKey("addresses.id")),
    Column("business_date", sa.Date, nullable=False),
    Column("token", sa.Text, nullable=False),
    Column("number", sa.Integer, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("priority", sa.Integer, nullable=False, server_default="0"),
    Column("priority_class", sa.Text),
    Column("due_at", Instant, nullable=False),
    Column("arrived_at", Instant, nullable=False),
    Column("interval", sa.Integer, nullable=False, server_default="0"),
    Column("version", sa.Integer, nullable=False, server_default="0"),
    Column("counter_id", BigId, ForeignKey("counters.id")),
    Column("called_at", Instant),
    Column("last_call_at", Instant),
    Column("finished_at", Instant),
    Column("calls", sa.Integer, nullable=False, server_default="0"),
    Column("alerted", sa.Integer),
    Column("alert_round", sa.Integer, nullable=False, server_default="0"),
    Column("here_at", Instant),  # the person said so; no version moves for it, or an undo would be refused
    Column("late_at", Instant),
    UniqueConstraint("service_id", "business_date", "token"),
    _one_of("state", *_TICKET_STATES),
)
_IN_LINE = tickets.c.state.in_([sa.literal_column("'expected'"), sa.literal_column("'waiting'")])
Index(
    "ix_tickets_line",
    tickets.c.queue_id,
    tickets.c.state,
    tickets.c.priority.desc(),
    tickets.c.due_at,
    tickets.c.arrived_at,
    tickets.c.number,
    tickets.c.id,
    postgresql_where=_IN_LINE,
    sqlite_where=_IN_LINE,
)
_LIVE_APPOINTMENT = sa.and_(
    tickets.c.appointment_id.is_not(None),
    tickets.c.state.in_(
        [sa.literal_column(f"'{s}'") for s in ("expected", "waiting", "called", "serving", "on_hold")]
    ),
)
Index(
    "uq_tickets_live_appointment",
    tickets.c.appointment_id,
    unique=True,
    postgresql_where=_LIVE_APPOINTMENT,
    sqlite_where=_LIVE_APPOINTMENT,
)
_COMPLETED = tickets.c.state == sa.literal_column("'completed'")
Index(
    "ix_tickets_pace",
    tickets.c.service_id,
    tickets.c.finished_at,
    postgresql_where=_COMPLETED,
    sqlite_where=_COMPLETED,
)
Index("ix_tickets_queue_state", tickets.c.queue_id, tickets.c.state)
_LIVE_OF_ADDRESS = sa.and_(
    tickets.c.address_id.is_not(None),
    tickets.c.state.in_(
        [sa.literal_column(f"'{s}'") for s in ("expected", "waiting", "called", "serving", "on_hold")]
    ),
)
Index(
    "ix_tickets_address",
    tickets.c.address_id,
    postgresql_where=_LIVE_OF_ADDRESS,
    sqlite_where=_LIVE_OF_ADDRESS,
)
_MISSED_OF_ADDRESS = sa.and_(
    tickets.c.address_id.is_not(None), tickets.c.state == sa.literal_column("'no_show'")
)
Index(
    "ix_tickets_missed",
    tickets.c.address_id,
    tickets.c.business_date,
    postgresql_where=_MISSED_OF_ADDRESS,
    sqlite_where=_MISSED_OF_ADDRESS,
)

ticket_intervals = Table(
    "ticket_intervals",
    metadata,
    _id(),
    *_of_site(),
    Column("ticket_id", BigId, ForeignKey("tickets.id"), nullable=False),
    Column("number", sa.Integer, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("counter_id", BigId, ForeignKey("counters.id")),
    Column("user_id", BigId, ForeignKey("users.id")),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("void", sa.Boolean, nullable=False, server_default=sa.false()),
    _one_of("state", "waiting", "called", "serving", "on_hold"),
)
Index("ix_ticket_intervals_ticket", ticket_intervals.c.ticket_id, ticket_intervals.c.number)
Index(
    "uq_ticket_intervals_open",
    ticket_intervals.c.ticket_id,
    unique=True,
    postgresql_where=sa.and_(ticket_intervals.c.to_at.is_(None), sa.not_(ticket_intervals.c.void)),
    sqlite_where=sa.and_(
        ticket_intervals.c.to_at.is_(None), ticket_intervals.c.void == sa.literal_column("0")
    ),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("organisation_id", BigId, ForeignKey("organisations.id"), nullable=False),
    Column("site_id", BigId, ForeignKey("sites.id")),
    Column("name", sa.Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("user_id", BigId, ForeignKey("users.id")),
    Column("address_id", BigId, ForeignKey("addresses.id")),
    Column("queue_id", BigId),
    Column("ticket_id", BigId),
    Column("appointment_id", BigId),
    Column("counter_id", BigId),
    Column("data", Json, nullable=False),
    Column("undone", sa.Boolean, nullable=False, server_default=sa.false()),
)
Index("ix_events_counter", events.c.counter_id, events.c.id)
Index("ix_events_queue", events.c.queue_id, events.c.id)
Index("ix_events_ticket", events.c.ticket_id)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", sa.Text, nullable=False),
    Column("handle", sa.Text, nullable=False),
    Column("provider_id", sa.Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("hinted_at", Instant),
    Column("processed_at", Instant),
    Column("attempts", sa.Integer, nullable=False, server_default="0"),
    Column("error", sa.Text),
    UniqueConstraint("channel", "provider_id"),
)
_UNPROCESSED = inbox.c.processed_at.is_(None)
Index(
    "ix_inbox_unprocessed",
    inbox.c.channel,
    inbox.c.handle,
    inbox.c.id,
    postgresql_where=_UNPROCESSED,
    sqlite_where=_UNPROCESSED,
)
Index("ix_inbox_due", inbox.c.due_at, postgresql_where=_UNPROCESSED, sqlite_where=_UNPROCESSED)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("organisation_id", BigId, ForeignKey("organisations.id")),
    Column("site_id", BigId, ForeignKey("sites.id")),
    # NULL where the message is an outgoing webhook: then `target` holds its subscription.
    Column("address_id", BigId, ForeignKey("addresses.id")),
    Column("target", sa.Text),
    Column("kind", sa.Text, nullable=False),
    Column("lane", sa.Text, nullable=False),
    Column("dedupe_key", sa.Text, nullable=False, unique=True),
    Column("queue_id", BigId),
    Column("ticket_id", BigId),
    Column("appointment_id", BigId),
    Column("data", Json, nullable=False),
    Column("replaces", sa.Text),
    Column("state", sa.Text, nullable=False, server_default="due"),
    Column("attempts", sa.Integer, nullable=False, server_default="0"),
    Column("unclear", sa.Integer, nullable=False, server_default="0"),  # attempts that may have arrived
    Column("absent", sa.Integer, nullable=False, server_default="0"),  # attempts at which the phone was off
    Column("due_at", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("hinted_at", Instant),
    Column("sent_at", Instant),
    Column("provider_id", sa.Text),
    Column("said", Json),
    Column("error", sa.Text),
    Column("fallback_of", BigId, ForeignKey("outbox.id"), unique=True),  # each goes to one other address
    Column("form", sa.Text),  # what is charged: session, template or sms
    Column("parts", sa.Integer, nullable=False, server_default="0"),  # how many of these
    Column("as_template", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("first_tried_at", Instant),
    Column("confirm_by", Instant),  # when somebody asks what became of it
    Column("delivered_at", Instant),
    Column("read_at", Instant),
    Column("created_at", Instant, nullable=False, server_default=sa.func.now()),
    _one_of(
        "state", "due", "sending", "sent", "delivered", "read", "later", "failed", "expired", "suppressed"
    ),
)
_UNSENT = outbox.c.state.in_([sa.literal_column(f"'{s}'") for s in ("due", "later", "sending")])
Index("ix_outbox_unsent", outbox.c.due_at, postgresql_where=_UNSENT, sqlite_where=_UNSENT)
Index(
    "ix_outbox_unsent_address",
    outbox.c.address_id,
    outbox.c.id,
    postgresql_where=_UNSENT,
    sqlite_where=_UNSENT,
)
Index("ix_outbox_ticket", outbox.c.ticket_id, outbox.c.id)
Index("ix_outbox_log", outbox.c.site_id, sa.func.coalesce(outbox.c.sent_at, outbox.c.due_at))
_UNCONFIRMED = sa.and_(outbox.c.state == sa.literal_column("'sent'"), outbox.c.confirm_by.is_not(None))
Index(
    "ix_outbox_unconfirmed",
    outbox.c.confirm_by,
    postgresql_where=_UNCONFIRMED,
    sqlite_where=_UNCONFIRMED,
)

# What providers report of messages, each as far as it came. It may be here before the outbox knows the message.
receipts = Table(
    "receipts",
    metadata,
    Column("provider_id", sa.Text, primary_key=True),
    Column("outbox_id", BigId, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("state", sa.Integer, nullable=False),
    Column("fault", sa.Text),
    Column("code", sa.Text, nullable=False),
    Column("told", sa.Text, nullable=False),
    Column("todo", sa.Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# Forms of words that we have made at a provider: what an account has, another one hasn't.
contents = Table(
    "contents",
    metadata,
    Column("channel", sa.Text, primary_key=True),
    Column("account", sa.Text, primary_key=True),
    Column("name", sa.Text, primary_key=True),
    Column("language", sa.Text, primary_key=True),
    Column("content_id", sa.Text, nullable=False),
    Column("fingerprint", sa.Text, nullable=False),
    Column("variables", Json, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("category", sa.Text),
    Column("reason", sa.Text),
    Column("checked_at", Instant),
)

# What only people can mend, until it has not rung for a while.
alarms = Table(
    "alarms",
    metadata,
    Column("key", sa.Text, primary_key=True),
    Column("told", sa.Text, nullable=False),
    Column("todo", sa.Text, nullable=False),
    Column("count", sa.Integer, nullable=False, server_default="1"),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
)

# Until when all that came in by a channel is known, where its provider can be asked for what we missed.
look_backs = Table(
    "look_backs",
    metadata,
    Column("channel", sa.Text, primary_key=True),
    Column("known_until", Instant, nullable=False),
    Column("looked_at", Instant),
)

# Which process takes in a channel's messages, and how: two ways at once would fight over the provider.
ingest_leases = Table(
    "ingest_leases",
    metadata,
    Column("channel", sa.Text, primary_key=True),
    Column("holder", sa.Text, nullable=False),
    Column("mode", sa.Text, nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("account", sa.Text),  # how the provider calls us: a bot's user name
    Column("trouble", sa.Text),  # what keeps the holder from its work; NULL: nothing
    _one_of("mode", "webhook", "polling"),
)

# The one message of a ticket that is kept up to date. Neither due nor leased: it shows the truth, as far as we know.
live_messages = Table(
    "live_messages",
    metadata,
    Column("ticket_id", BigId, ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    *_of_site(),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("address_id", BigId, ForeignKey("addresses.id"), nullable=False),
    Column("state", sa.Text, nullable=False, server_default="live"),
    Column("provider_id", sa.Text),
    Column("outdated_id", sa.Text),  # to be removed when the new one has been sent
    Column("shown", sa.Text),  # a hash of what it shows
    Column("shown_at", Instant),
    Column("looked_at", Instant),  # when somebody last compared it with the truth
    Column("due_at", Instant),
    Column("ahead", sa.Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _one_of("state", "live", "ended", "given_up"),
)
Index("ix_live_messages_queue", live_messages.c.queue_id)
_STILL_LIVE = live_messages.c.state == sa.literal_column("'live'")
Index(
    "ix_live_messages_live",
    live_messages.c.queue_id,
    postgresql_where=_STILL_LIVE,
    sqlite_where=_STILL_LIVE,
)
_TO_BE_SHOWN = sa.or_(live_messages.c.due_at.is_not(None), live_messages.c.lease_until.is_not(None))
Index(
    "ix_live_messages_due",
    live_messages.c.ahead,
    live_messages.c.ticket_id,
    postgresql_where=_TO_BE_SHOWN,
    sqlite_where=_TO_BE_SHOWN,
)

# A code sent to one address and typed at another says that both are the same person's.
link_codes = Table(
    "link_codes",
    metadata,
    _id(),
    Column("address_id", BigId, ForeignKey("addresses.id"), nullable=False, index=True),
    Column("target_id", BigId, ForeignKey("addresses.id"), nullable=False, index=True),
    Column("code_hash", sa.Text),  # NULL until it is sent
    Column("tries", sa.Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# A printed token's way to a phone: whoever scans it first follows the visit.
ticket_links = Table(
    "ticket_links",
    metadata,
    Column("key", sa.Text, primary_key=True),
    *_of_site(),
    Column("visit_id", BigId, ForeignKey("visits.id"), nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
    Column("address_id", BigId, ForeignKey("addresses.id")),
    Column("bound_at", Instant),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", sa.Text, primary_key=True),
    Column("user_id", BigId, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

login_failures = Table(
    "login_failures",
    metadata,
    _id(),
    Column("key", sa.Text, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("ix_login_failures_key", login_failures.c.key, login_failures.c.at)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", sa.Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

phone_messages = Table(
    "phone_messages",
    metadata,
    _id(),
    Column("channel", sa.Text, nullable=False),
    Column("handle", sa.Text, nullable=False),
    Column("mine", sa.Boolean, nullable=False),
    Column("payload", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("edited", sa.Boolean, nullable=False, server_default=sa.false()),
    CheckConstraint("channel LIKE 'sim-%'", name="simulated_only"),
)
Index("ix_phone_messages_phone", phone_messages.c.channel, phone_messages.c.handle, phone_messages.c.id)
