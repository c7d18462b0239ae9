"""Make the live line: tickets, their intervals, and the events that undo reads.

The line's index is partial and in THE order, so that calling costs the same whatever the history.

Revision: 0004_line
Follows: 0003_bookings
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_line"
down_revision = "0003_bookings"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_tickets()
    _make_ticket_intervals()
    _make_events()


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("ticket_intervals")
    op.drop_table("tickets")


def _make_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=False),
        sa.Column("appointment_id", ID),
        sa.Column("slot_id", ID),
        sa.Column("address_id", ID),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("priority_class", sa.Text),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("interval", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("counter_id", ID),
        sa.Column("called_at", INSTANT),
        sa.Column("last_call_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("alerted", sa.Integer),
        sa.Column("alert_round", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_tickets_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_tickets_site_id_sites"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_tickets_service_id_services"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_tickets_queue_id_queues"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_tickets_visit_id_visits"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name="fk_tickets_appointment_id_appointments"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name="fk_tickets_slot_id_slots"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_tickets_address_id_addresses"),
        sa.ForeignKeyConstraint(["counter_id"], ["counters.id"], name="fk_tickets_counter_id_counters"),
        sa.UniqueConstraint(
            "service_id", "business_date", "token", name="uq_tickets_service_id_business_date_token"
        ),
        sa.CheckConstraint(
            "state IN ('expected', 'waiting', 'called', 'serving', 'completed', 'on_hold', "
            "'no_show', 'left', 'transferred', 'void')",
            name=op.f("ck_tickets_state_known"),
        ),
    )
    op.create_index("ix_tickets_appointment_id", "tickets", ["appointment_id"])
    op.create_index(
        "ix_tickets_line",
        "tickets",
        ["queue_id", "state", sa.text("priority DESC"), "due_at", "arrived_at", "number", "id"],
        postgresql_where=sa.text("state IN ('expected', 'waiting')"),
        sqlite_where=sa.text("state IN ('expected', 'waiting')"),
    )
    op.create_index(
        "ix_tickets_pace",
        "tickets",
        ["service_id", "finished_at"],
        postgresql_where=sa.text("state = 'completed'"),
        sqlite_where=sa.text("state = 'completed'"),
    )
    op.create_index("ix_tickets_queue_state", "tickets", ["queue_id", "state"])
    op.create_index("ix_tickets_visit_id", "tickets", ["visit_id"])
    op.create_index(
        "uq_tickets_live_appointment",
        "tickets",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text(
            "appointment_id IS NOT NULL AND state IN ('expected', 'waiting', 'called', 'serving', 'on_hold')"
        ),
        sqlite_where=sa.text(
            "appointment_id IS NOT NULL AND state IN ('expected', 'waiting', 'called', 'serving', 'on_hold')"
        ),
    )


def _make_ticket_intervals() -> None:
    op.create_table(
        "ticket_intervals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("counter_id", ID),
        sa.Column("user_id", ID),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("to_at", INSTANT),
        sa.Column("void", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_intervals"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_ticket_intervals_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_ticket_intervals_site_id_sites"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_intervals_ticket_id_tickets"),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counters.id"], name="fk_ticket_intervals_counter_id_counters"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_ticket_intervals_user_id_users"),
        sa.CheckConstraint(
            "state IN ('waiting', 'called', 'serving', 'on_hold')",
            name=op.f("ck_ticket_intervals_state_known"),
        ),
    )
    op.create_index("ix_ticket_intervals_ticket", "ticket_intervals", ["ticket_id", "number"])
    op.create_index(
        "uq_ticket_intervals_open",
        "ticket_intervals",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("to_at IS NULL AND NOT void"),
        sqlite_where=sa.text("to_at IS NULL AND void = 0"),
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("address_id", ID),
        sa.Column("queue_id", ID),
        sa.Column("ticket_id", ID),
        sa.Column("appointment_id", ID),
        sa.Column("counter_id", ID),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_events_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_events_site_id_sites"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_events_user_id_users"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_events_address_id_addresses"),
    )
    op.create_index("ix_events_counter", "events", ["counter_id", "id"])
    op.create_index("ix_events_queue", "events", ["queue_id", "id"])
    op.create_index("ix_events_ticket", "events", ["ticket_id"])
