"""What every table must have, whoever adds the next one."""

from persistence.tables import metadata

# An address and its chat belong to the whole installation; so do log-ins, heartbeats and the trial's phones.
INSTALLATION_WIDE = {
    "addresses",
    "conversations",
    "inbox",
    "staff_sessions",
    "login_failures",
    "heartbeats",
    "phone_messages",
    "ingest_leases",
    "link_codes",
    "receipts",
    "contents",
    "alarms",
    "look_backs",
}
OF_AN_ORGANISATION = {"organisations", "users", "memberships", "address_users"}


def test_every_row_of_a_site_says_which_and_of_what_organisation() -> None:
    missing = {
        name
        for name, table in metadata.tables.items()
        if name not in INSTALLATION_WIDE | OF_AN_ORGANISATION | {"sites"}
        and not {"organisation_id", "site_id"} <= set(table.c.keys())
    }
    assert missing == set()


def test_every_constraint_has_a_name() -> None:
    unnamed = [
        (table.name, constraint)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []


def test_names_phones_and_e_mails_stand_in_two_tables_only() -> None:
    personal = {"phone", "email", "display_name", "handle"}
    found = {table.name for table in metadata.tables.values() if personal & set(table.c.keys())}
    # The inbox and the trial's phones have to know whom they are from.
    assert found == {"users", "addresses", "inbox", "phone_messages"}
