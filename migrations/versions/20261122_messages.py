"""Make the messages: inbox, outbox, heartbeats and the simulator's phones.

The row is the truth and a job only a hint, so unsent and unprocessed rows have partial indexes of their own.

Revision: 0005_messages
Follows: 0004_line
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_messages"
down_revision = "0004_line"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_inbox()
    _make_outbox()
    _make_heartbeats()
    _make_phone_messages()


def downgrade() -> None:
    op.drop_table("phone_messages")
    op.drop_table("heartbeats")
    op.drop_table("outbox")
    op.drop_table("inbox")


def _make_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("provider_id", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("hinted_at", INSTANT),
        sa.Column("processed_at", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("channel", "provider_id", name="uq_inbox_channel_provider_id"),
    )
    op.create_index(
        "ix_inbox_due",
        "inbox",
        ["due_at"],
        postgresql_where=sa.text("processed_at IS NULL"),
        sqlite_where=sa.text("processed_at IS NULL"),
    )
    op.create_index(
        "ix_inbox_unprocessed",
        "inbox",
        ["channel", "handle", "id"],
        postgresql_where=sa.text("processed_at IS NULL"),
        sqlite_where=sa.text("processed_at IS NULL"),
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", ID),
        sa.Column("site_id", ID),
        sa.Column("address_id", ID),
        sa.Column("target", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("queue_id", ID),
        sa.Column("ticket_id", ID),
        sa.Column("appointment_id", ID),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("replaces", sa.Text),
        sa.Column("state", sa.Text, nullable=False, server_default="due"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("not_after", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT),
        sa.Column("hinted_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("provider_id", sa.Text),
        sa.Column("said", sa.JSON),
        sa.Column("error", sa.Text),
        sa.Column("fallback_of", ID),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_outbox_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_outbox_site_id_sites"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_outbox_address_id_addresses"),
        sa.ForeignKeyConstraint(["fallback_of"], ["outbox.id"], name="fk_outbox_fallback_of_outbox"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_dedupe_key"),
        sa.CheckConstraint(
            "state IN ('due', 'sending', 'sent', 'delivered', 'read', 'later', "
            "'failed', 'expired', 'suppressed')",
            name=op.f("ck_outbox_state_known"),
        ),
    )
    op.create_index("ix_outbox_ticket", "outbox", ["ticket_id", "id"])
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["due_at"],
        postgresql_where=sa.text("state IN ('due', 'later', 'sending')"),
        sqlite_where=sa.text("state IN ('due', 'later', 'sending')"),
    )
    op.create_index(
        "ix_outbox_unsent_address",
        "outbox",
        ["address_id", "id"],
        postgresql_where=sa.text("state IN ('due', 'later', 'sending')"),
        sqlite_where=sa.text("state IN ('due', 'later', 'sending')"),
    )


def _make_heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_heartbeats"),
    )


def _make_phone_messages() -> None:
    op.create_table(
        "phone_messages",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("mine", sa.Boolean, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("edited", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_phone_messages"),
        sa.CheckConstraint("channel LIKE 'sim-%'", name=op.f("ck_phone_messages_simulated_only")),
    )
    op.create_index("ix_phone_messages_phone", "phone_messages", ["channel", "handle", "id"])
