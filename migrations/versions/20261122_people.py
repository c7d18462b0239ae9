"""Make the people: users, roles, log-ins, addresses and their conversations.

Names, phones and e-mails stand in users and addresses only, or erasure would be impossible.

Revision: 0002_people
Follows: 0001_places
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_people"
down_revision = "0001_places"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_users()
    _make_memberships()
    _make_staff_sessions()
    _make_login_failures()
    _make_addresses()
    _make_address_users()
    _make_conversations()


def downgrade() -> None:
    op.drop_table("conversations")
    op.drop_table("address_users")
    op.drop_table("addresses")
    op.drop_table("login_failures")
    op.drop_table("staff_sessions")
    op.drop_table("memberships")
    op.drop_table("users")


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("reference_number", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("disabled_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_users_organisation_id_organisations"
        ),
    )
    op.create_index("ix_users_organisation_id", "users", ["organisation_id"])
    op.create_index(
        "uq_users_login_email",
        "users",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("password_hash IS NOT NULL"),
        sqlite_where=sa.text("password_hash IS NOT NULL"),
    )


def _make_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID),
        sa.Column("role", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id_users"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_memberships_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_memberships_site_id_sites"),
        sa.CheckConstraint(
            "role IN ('operator', 'manager', 'owner')", name=op.f("ck_memberships_role_known")
        ),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_index(
        "uq_memberships_place",
        "memberships",
        ["user_id", "organisation_id", sa.text("coalesce(site_id, 0)")],
        unique=True,
    )


def _make_staff_sessions() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_staff_sessions_user_id_users"),
    )
    op.create_index("ix_staff_sessions_user_id", "staff_sessions", ["user_id"])


def _make_login_failures() -> None:
    op.create_table(
        "login_failures",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_key", "login_failures", ["key", "at"])


def _make_addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("consent_at", INSTANT),
        sa.Column("consent_version", sa.Text),
        sa.Column("verified_at", INSTANT),
        sa.Column("stopped_at", INSTANT),
        sa.Column("last_inbound_at", INSTANT),
        sa.Column("quiet_from", sa.Time),
        sa.Column("quiet_until", sa.Time),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint("channel", "handle", name="uq_addresses_channel_handle"),
    )


def _make_address_users() -> None:
    op.create_table(
        "address_users",
        sa.Column("address_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("address_id", "organisation_id", name="pk_address_users"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name="fk_address_users_address_id_addresses"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_address_users_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_address_users_user_id_users"),
    )
    op.create_index("ix_address_users_user_id", "address_users", ["user_id"])


def _make_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("address_id", ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("choices", sa.JSON, nullable=False),
        sa.Column("page", sa.Integer, nullable=False, server_default="0"),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("site_id", ID),
        sa.Column("updated_at", INSTANT),
        sa.PrimaryKeyConstraint("address_id", name="pk_conversations"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name="fk_conversations_address_id_addresses"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_conversations_site_id_sites"),
    )
