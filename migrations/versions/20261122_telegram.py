"""Make what Telegram needs: who ingests, live messages, codes that join addresses, links that bind a printed token.

Nothing of it exists for rows made before, so every new column may be empty.

Revision: 0006_telegram
Follows: 0005_messages
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_telegram"
down_revision = "0005_messages"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sites", sa.Column("country", sa.Text))
    op.add_column("addresses", sa.Column("phone", sa.Text))
    op.add_column("addresses", sa.Column("blocked_at", INSTANT))
    op.create_index("ix_addresses_phone", "addresses", ["phone"])
    op.create_index("ix_users_phone", "users", ["phone"])
    op.add_column("tickets", sa.Column("here_at", INSTANT))
    op.add_column("tickets", sa.Column("late_at", INSTANT))
    op.add_column("outbox", sa.Column("unclear", sa.Integer, nullable=False, server_default="0"))
    _index(
        "ix_tickets_address",
        "tickets",
        ["address_id"],
        where="address_id IS NOT NULL AND state IN ('expected', 'waiting', 'called', 'serving', 'on_hold')",
    )
    _index(
        "ix_tickets_missed",
        "tickets",
        ["address_id", "business_date"],
        where="address_id IS NOT NULL AND state = 'no_show'",
    )
    _index("ix_queues_running", "queues", ["id"], where="state IN ('open', 'paused')")
    _make_ingest_leases()
    _make_live_messages()
    _make_link_codes()
    _make_ticket_links()


def downgrade() -> None:
    op.drop_table("ticket_links")
    op.drop_table("link_codes")
    op.drop_table("live_messages")
    op.drop_table("ingest_leases")
    op.drop_index("ix_queues_running", "queues")
    op.drop_index("ix_tickets_missed", "tickets")
    op.drop_index("ix_tickets_address", "tickets")
    op.drop_column("outbox", "unclear")
    op.drop_column("tickets", "late_at")
    op.drop_column("tickets", "here_at")
    op.drop_index("ix_users_phone", "users")
    op.drop_index("ix_addresses_phone", "addresses")
    op.drop_column("addresses", "blocked_at")
    op.drop_column("addresses", "phone")
    op.drop_column("sites", "country")


def _of_site(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=f"fk_{table}_site_id_sites"),
    )


def _index(name: str, table: str, columns: list[str], *, where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _make_ingest_leases() -> None:
    op.create_table(
        "ingest_leases",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("trouble", sa.Text),
        sa.PrimaryKeyConstraint("channel", name="pk_ingest_leases"),
        sa.CheckConstraint("mode IN ('webhook', 'polling')", name=op.f("ck_ingest_leases_mode_known")),
    )


def _make_live_messages() -> None:
    op.create_table(
        "live_messages",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        *_of_site("live_messages"),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="live"),
        sa.Column("provider_id", sa.Text),
        sa.Column("outdated_id", sa.Text),
        sa.Column("shown", sa.Text),
        sa.Column("shown_at", INSTANT),
        sa.Column("looked_at", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("ahead", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_live_messages"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_live_messages_ticket_id_tickets"),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name="fk_live_messages_queue_id_queues"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name="fk_live_messages_address_id_addresses"
        ),
        sa.CheckConstraint(
            "state IN ('live', 'ended', 'given_up')", name=op.f("ck_live_messages_state_known")
        ),
    )
    op.create_index("ix_live_messages_queue", "live_messages", ["queue_id"])
    _index("ix_live_messages_live", "live_messages", ["queue_id"], where="state = 'live'")
    _index(
        "ix_live_messages_due",
        "live_messages",
        ["ahead", "ticket_id"],
        where="due_at IS NOT NULL OR lease_until IS NOT NULL",
    )


def _make_link_codes() -> None:
    op.create_table(
        "link_codes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("code_hash", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_link_codes"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_link_codes_address_id_addresses"),
        sa.ForeignKeyConstraint(["target_id"], ["addresses.id"], name="fk_link_codes_target_id_addresses"),
    )
    op.create_index("ix_link_codes_address_id", "link_codes", ["address_id"])
    op.create_index("ix_link_codes_target_id", "link_codes", ["target_id"])


def _make_ticket_links() -> None:
    op.create_table(
        "ticket_links",
        sa.Column("key", sa.Text, nullable=False),
        *_of_site("ticket_links"),
        sa.Column("visit_id", ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("address_id", ID),
        sa.Column("bound_at", INSTANT),
        sa.PrimaryKeyConstraint("key", name="pk_ticket_links"),
        sa.UniqueConstraint("visit_id", name="uq_ticket_links_visit_id"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_ticket_links_visit_id_visits"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name="fk_ticket_links_address_id_addresses"
        ),
    )
