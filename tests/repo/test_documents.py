"""What the documents say of settings is what settings.py reads."""

import re
import subprocess
from collections.abc import Iterator

import click

from app import cli
from settings import Settings, table_as_env_example
from tests.repo.documents import ENV_EXAMPLE, README, ROOT, with_settings


def test_the_readme_shows_the_settings_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_settings(text), "run `make documents`"


def test_the_example_environment_shows_the_settings_as_they_are() -> None:
    assert ENV_EXAMPLE.read_text(encoding="utf-8") == table_as_env_example(), "run `make documents`"


def test_every_setting_has_a_variable_of_its_name() -> None:
    table = table_as_env_example()
    for name in Settings.__slots__:
        assert f"\n#{name.upper()}=" in table


def test_the_readme_names_every_command_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(make [a-z-]+|python app\.py [a-z-]+(?: [a-z-]+)?)`", text, re.MULTILINE))
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets is not None
    made = {f"make {target}" for target in targets[1].split()}
    assert told == made | {f"python app.py {name}" for name in commands_of(cli)}


def commands_of(group: click.Group) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from (f"{name} {inner}" for inner in commands_of(command))
        else:
            yield name


def test_every_document_that_is_linked_is_there() -> None:
    for document in [README, *(ROOT / "docs").glob("*.md")]:
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
        assert [link for link in links if not (document.parent / link).exists()] == [], document.name


def test_nobody_else_reads_the_environment() -> None:
    readers = subprocess.run(
        [
            "git",
            "grep",
            "-lE",
            r"os\.environ|os\.getenv",
            "--",
            "*.py",
            ":!tests",
            ":!embedded",
            ":!benchmarks",
            ":!settings.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert readers.stdout == ""


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert all("--hash=" in entry for entry in lock.replace("\\\n", "").splitlines() if "==" in entry)
