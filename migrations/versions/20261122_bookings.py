"""Make the bookings: queues, counters, slots, visits and appointments.

Constraints back the guarded statements: seats within capacity, a token once a day, one live booking a day.

Revision: 0003_bookings
Follows: 0002_people
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_bookings"
down_revision = "0002_people"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_queues()
    _make_counters()
    _make_counter_services()
    _make_slots()
    _make_visits()
    _make_appointments()


def downgrade() -> None:
    op.drop_table("appointments")
    op.drop_table("visits")
    op.drop_table("slots")
    op.drop_table("counter_services")
    op.drop_table("counters")
    op.drop_table("queues")


def _make_queues() -> None:
    op.create_table(
        "queues",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="not_started"),
        sa.Column("started_at", INSTANT),
        sa.Column("next_walk_in", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_queues"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_queues_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_queues_site_id_sites"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_queues_service_id_services"),
        sa.UniqueConstraint("service_id", "business_date", name="uq_queues_service_id_business_date"),
        sa.CheckConstraint(
            "state IN ('not_started', 'open', 'paused', 'closed')", name=op.f("ck_queues_state_known")
        ),
    )
    op.create_index("ix_queues_site_day", "queues", ["site_id", "business_date"])
    op.create_index(
        "ix_queues_unclosed",
        "queues",
        ["site_id", "business_date"],
        postgresql_where=sa.text("state != 'closed'"),
        sqlite_where=sa.text("state != 'closed'"),
    )


def _make_counters() -> None:
    op.create_table(
        "counters",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("queue_id", ID),
        sa.Column("ticket_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_counters"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_counters_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_counters_site_id_sites"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_counters_queue_id_queues"),
        sa.UniqueConstraint("site_id", "name", name="uq_counters_site_id_name"),
        sa.UniqueConstraint("ticket_id", name="uq_counters_ticket_id"),
    )
    op.create_index("ix_counters_queue_id", "counters", ["queue_id"])


def _make_counter_services() -> None:
    op.create_table(
        "counter_services",
        sa.Column("counter_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("counter_id", "service_id", name="pk_counter_services"),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counters.id"], name="fk_counter_services_counter_id_counters"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name="fk_counter_services_service_id_services"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_counter_services_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_counter_services_site_id_sites"),
    )
    op.create_index("ix_counter_services_service_id", "counter_services", ["service_id"])


def _make_slots() -> None:
    op.create_table(
        "slots",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("start_time", sa.Time, nullable=False),
        sa.Column("end_time", sa.Time, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("max_capacity", sa.Integer, nullable=False),
        sa.Column("booked", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_seq", sa.Integer, nullable=False, server_default="1"),
        sa.Column("token_prefix", sa.Text, nullable=False),
        sa.Column("current_token", sa.Text),
        sa.Column("closed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_slots_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_slots_site_id_sites"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_slots_service_id_services"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_slots_queue_id_queues"),
        sa.UniqueConstraint("service_id", "date", "start_time", name="uq_slots_service_id_date_start_time"),
        sa.CheckConstraint(
            "booked >= 0 AND booked <= max_capacity", name=op.f("ck_slots_booked_within_capacity")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slots_ends_after_start")),
    )


def _make_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("booker_id", ID),
        sa.Column("patient_id", ID),
        sa.Column("address_id", ID),
        sa.Column("request_key", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_visits_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_visits_site_id_sites"),
        sa.ForeignKeyConstraint(["booker_id"], ["users.id"], name="fk_visits_booker_id_users"),
        sa.ForeignKeyConstraint(["patient_id"], ["users.id"], name="fk_visits_patient_id_users"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_visits_address_id_addresses"),
        sa.UniqueConstraint("link", name="uq_visits_link"),
        sa.UniqueConstraint("request_key", name="uq_visits_request_key"),
        sa.UniqueConstraint("site_id", "code", name="uq_visits_site_id_code"),
    )


def _make_appointments() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("slot_id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("patient_id", ID, nullable=False),
        sa.Column("booker_id", ID, nullable=False),
        sa.Column("token_number", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="booked"),
        sa.Column("rescheduled_from", ID),
        sa.Column("held_until", INSTANT),
        sa.Column("one_a_day_key", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_appointments_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_appointments_site_id_sites"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_appointments_service_id_services"),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name="fk_appointments_slot_id_slots"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_appointments_visit_id_visits"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_appointments_queue_id_queues"),
        sa.ForeignKeyConstraint(["patient_id"], ["users.id"], name="fk_appointments_patient_id_users"),
        sa.ForeignKeyConstraint(["booker_id"], ["users.id"], name="fk_appointments_booker_id_users"),
        sa.ForeignKeyConstraint(
            ["rescheduled_from"], ["appointments.id"], name="fk_appointments_rescheduled_from_appointments"
        ),
        sa.UniqueConstraint("one_a_day_key", name="uq_appointments_one_a_day_key"),
        sa.UniqueConstraint(
            "service_id",
            "business_date",
            "token_number",
            name="uq_appointments_service_id_business_date_token_number",
        ),
        sa.CheckConstraint(
            "status IN ('held', 'booked', 'cancelled', 'completed', 'no_show')",
            name=op.f("ck_appointments_status_known"),
        ),
    )
    op.create_index("ix_appointments_booker_id", "appointments", ["booker_id"])
    op.create_index("ix_appointments_patient_id", "appointments", ["patient_id"])
    op.create_index("ix_appointments_slot_id", "appointments", ["slot_id"])
    op.create_index("ix_appointments_visit_id", "appointments", ["visit_id"])
