"""Make what WhatsApp and SMS need: receipts, prepared contents, alarms, how far incoming messages are known.

The outbox learns what a message cost, when it was delivered and read, and who asks what became of it.

Revision: 0007_twilio
Follows: 0006_telegram
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_twilio"
down_revision = "0006_telegram"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("form", sa.Text))
    op.add_column("outbox", sa.Column("parts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("absent", sa.Integer, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("as_template", sa.Boolean, nullable=False, server_default=sa.false()))
    for name in ("first_tried_at", "confirm_by", "delivered_at", "read_at"):
        op.add_column("outbox", sa.Column(name, INSTANT))
    with op.batch_alter_table("outbox") as outbox:
        outbox.create_unique_constraint("uq_outbox_fallback_of", ["fallback_of"])
    op.create_index("ix_outbox_log", "outbox", ["site_id", sa.text("coalesce(sent_at, due_at)")])
    unconfirmed = sa.text("state = 'sent' AND confirm_by IS NOT NULL")
    op.create_index(
        "ix_outbox_unconfirmed",
        "outbox",
        ["confirm_by"],
        postgresql_where=unconfirmed,
        sqlite_where=unconfirmed,
    )
    _make_receipts()
    _make_contents()
    _make_alarms()
    op.create_table(
        "look_backs",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("known_until", INSTANT, nullable=False),
        sa.Column("looked_at", INSTANT),
        sa.PrimaryKeyConstraint("channel", name="pk_look_backs"),
    )


def downgrade() -> None:
    for table in ("look_backs", "alarms", "contents", "receipts"):
        op.drop_table(table)
    op.drop_index("ix_outbox_unconfirmed", "outbox")
    op.drop_index("ix_outbox_log", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint("uq_outbox_fallback_of", type_="unique")
    of_the_outbox = (
        "read_at",
        "delivered_at",
        "confirm_by",
        "first_tried_at",
        "as_template",
        "absent",
        "parts",
        "form",
    )
    for name in of_the_outbox:
        op.drop_column("outbox", name)


def _make_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("provider_id", sa.Text, nullable=False),
        sa.Column("outbox_id", ID, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("todo", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_receipts_outbox_id_outbox"),
    )
    op.create_index("ix_receipts_outbox_id", "receipts", ["outbox_id"])


def _make_contents() -> None:
    op.create_table(
        "contents",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("content_id", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("variables", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("checked_at", INSTANT),
        sa.PrimaryKeyConstraint("channel", "account", "name", "language", name="pk_contents"),
    )


def _make_alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("todo", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False, server_default="1"),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alarms"),
    )
    op.create_index("ix_alarms_last_at", "alarms", ["last_at"])
