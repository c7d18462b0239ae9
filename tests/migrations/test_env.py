"""How revisions are run: whole or not at all, without losing children, never waiting long for a table."""

import shutil
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.processes import at_once
from tests.repo.documents import ROOT

FIRST = """
op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
op.create_table(
    "children",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id", ondelete="CASCADE"), nullable=False),
)
op.execute("INSERT INTO parents VALUES (1, 'a')")
op.execute("INSERT INTO children VALUES (1, 1), (2, 1)")
"""
REBUILDS_THE_PARENT = """
with op.batch_alter_table("parents", recreate="always") as table:
    table.alter_column("name", nullable=False)
"""
LEAVES_ORPHANS = 'op.execute("DELETE FROM parents")'
FAILS_HALF_WAY = 'op.create_table("half", sa.Column("id", sa.Integer))\nop.execute("SELECT * FROM nowhere")'
TAKES_LONG = 'import time\ntime.sleep(0.5)\nop.create_table("once", sa.Column("id", sa.Integer))'
ALTERS_THE_PARENT = 'op.add_column("parents", sa.Column("phone", sa.Text))'


class Revisions:
    """A folder of revisions for one test, run by the project's own env.py."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        (folder / "versions").mkdir(parents=True)
        shutil.copy(ROOT / "migrations" / "env.py", folder)

    def run(self, *bodies: str, releases: int = 1) -> None:
        for number, body in enumerate(bodies, start=1):
            self._write(number, body)
        if releases == 1:
            run_revisions(self._folder, self._url)
        else:
            at_once(run_revisions, self._folder, self._url, runners=releases)

    def _write(self, number: int, body: str) -> None:
        before = repr(str(number - 1)) if number > 1 else "None"
        lines = ["import sqlalchemy as sa", "from alembic import op", f"revision = '{number}'"]
        lines += [
            f"down_revision = {before}",
            "def upgrade():",
            *(f"    {line}" for line in body.splitlines()),
        ]
        (self._folder / "versions" / f"{number}.py").write_text("\n".join(lines), encoding="utf-8")


def run_revisions(folder: Path, url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    command.upgrade(config, "head")


@pytest.fixture
def on_sqlite(tmp_path: Path, empty_sqlite_url: str) -> Revisions:
    return Revisions(tmp_path / "revisions", empty_sqlite_url)


def count_of(url: str, table: str) -> int:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_rebuilding_a_parent_table_keeps_its_children(on_sqlite: Revisions, empty_sqlite_url: str) -> None:
    on_sqlite.run(FIRST, REBUILDS_THE_PARENT)
    assert count_of(empty_sqlite_url, "children") == 2


def test_orphans_are_refused_and_nothing_is_changed(on_sqlite: Revisions, empty_sqlite_url: str) -> None:
    on_sqlite.run(FIRST)
    with pytest.raises(RuntimeError, match="without their parent"):
        on_sqlite.run(FIRST, LEAVES_ORPHANS)
    assert count_of(empty_sqlite_url, "parents") == 1


def test_a_revision_that_fails_half_way_leaves_nothing(tmp_path: Path, empty_database_url: str) -> None:
    with pytest.raises(DBAPIError):
        Revisions(tmp_path / "revisions", empty_database_url).run(FIRST, FAILS_HALF_WAY)
    assert inspect(create_engine(empty_database_url, poolclass=NullPool)).get_table_names() == []


def test_releases_that_start_together_run_each_revision_once(tmp_path: Path, empty_database_url: str) -> None:
    Revisions(tmp_path / "revisions", empty_database_url).run(TAKES_LONG, releases=3)
    assert count_of(empty_database_url, "once") == 0


@pytest.mark.slow
def test_a_table_in_use_is_not_waited_for_long(tmp_path: Path, empty_postgres_url: str) -> None:
    revisions = Revisions(tmp_path / "revisions", empty_postgres_url)
    revisions.run(FIRST)
    with psycopg.connect(empty_postgres_url) as reader:
        reader.execute("SELECT * FROM parents")
        with pytest.raises(DBAPIError, match="lock timeout"):
            revisions.run(FIRST, ALTERS_THE_PARENT)
