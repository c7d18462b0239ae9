"""Make the places: organisations, their sites, departments, services and weekly schedules.

Every later row names its organisation and site, so that hot tables can be partitioned or distributed by them.

Revision: 0001_places
Follows:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_places"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_organisations()
    _make_sites()
    _make_departments()
    _make_services()
    _make_schedules()


def downgrade() -> None:
    op.drop_table("schedules")
    op.drop_table("services")
    op.drop_table("departments")
    op.drop_table("sites")
    op.drop_table("organisations")


def _make_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
    )


def _make_sites() -> None:
    op.create_table(
        "sites",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("discreet_name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("default_language", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("map_url", sa.Text),
        sa.Column("emergency_text", sa.Text),
        sa.Column("cancel_cutoff_minutes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("one_booking_per_day", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("reminder_minutes", sa.Integer, nullable=False, server_default="120"),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_sites_organisation_id_organisations"
        ),
        sa.UniqueConstraint("slug", name="uq_sites_slug"),
    )
    op.create_index("ix_sites_organisation_id", "sites", ["organisation_id"])


def _make_departments() -> None:
    op.create_table(
        "departments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departments"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_departments_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_departments_site_id_sites"),
        sa.UniqueConstraint("site_id", "name", name="uq_departments_site_id_name"),
    )


def _make_services() -> None:
    op.create_table(
        "services",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("department_id", ID),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("discreet_name", sa.Text, nullable=False),
        sa.Column("room", sa.Text),
        sa.Column("what_to_bring", sa.Text),
        sa.Column("fee", sa.Text),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("available", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_services_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_services_site_id_sites"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_services_department_id_departments"
        ),
        sa.UniqueConstraint("site_id", "name", name="uq_services_site_id_name"),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_services_minutes_positive")),
    )


def _make_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("service_id", ID, autoincrement=False, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("weekdays", sa.Text, nullable=False),
        sa.Column("opens", sa.Time, nullable=False),
        sa.Column("closes", sa.Time, nullable=False),
        sa.Column("slot_minutes", sa.Integer, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("days_ahead", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("service_id", name="pk_schedules"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_schedules_service_id_services"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_schedules_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_schedules_site_id_sites"),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_schedules_capacity_positive")),
        sa.CheckConstraint("slot_minutes > 0", name=op.f("ck_schedules_slot_minutes_positive")),
    )
