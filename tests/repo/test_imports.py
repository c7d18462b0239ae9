"""Who may import whom: the contract is kept, and each of its parts can be broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.documents import ROOT

PACKAGES = (
    "admin_web",
    "bot",
    "checks",
    "domain",
    "embedded",
    "jobs",
    "migrations",
    "persistence",
    "simulator",
    "whatsapp",
)
FORBIDDEN = {
    "an edge imports another": ("bot/wrong.py", "import whatsapp"),
    "an edge imports persistence": ("admin_web/wrong.py", "import persistence.tables"),
    "an edge imports SQL": ("whatsapp/wrong.py", "import sqlalchemy"),
    "an edge imports the composition root": ("jobs/wrong.py", "import app"),
    "the self-check imports an edge": ("checks/wrong.py", "import bot"),
    "the self-check imports persistence": ("checks/wrong.py", "import persistence"),
    "persistence imports an edge": ("persistence/wrong.py", "import jobs"),
    "the domain imports persistence": ("domain/wrong.py", "import persistence"),
    "the domain imports a framework": ("domain/wrong.py", "from flask import request"),
    "a use case imports the conversation": ("domain/use_cases/wrong.py", "import domain.conversation"),
    "a rule imports a use case": ("domain/booking.py", "import domain.use_cases"),
    "a rule imports texts": ("domain/notices.py", "import domain.texts"),
}
ALLOWED = {
    "an edge imports the domain": ("bot/right.py", "import domain"),
    "an edge imports the self-check": ("bot/right.py", "import checks.examination"),
    "an entry point imports everybody": ("bot/__main__.py", "import app, jobs, persistence, whatsapp"),
    "the worker imports everybody": ("jobs/worker.py", "import app, admin_web, bot, persistence"),
    "persistence imports the domain": ("persistence/right.py", "import domain, sqlalchemy"),
    "the conversation imports use cases": (
        "domain/conversation/right.py",
        "import domain.use_cases, domain.texts",
    ),
}


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    arguments = [str(program), "--no-cache"]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree's packages, with the parts of the domain that a contract names."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("conversation", "use_cases", "texts"):
        folder = tmp_path / "domain" / part
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def add(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def test_the_contract_is_kept() -> None:
    checked = check_imports(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(("name", "line"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_breach_is_found(copy: Path, name: str, line: str) -> None:
    add(copy, name, line)
    checked = check_imports(copy)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "BROKEN" in checked.stdout


def test_what_is_allowed_passes(copy: Path) -> None:
    for name, line in ALLOWED.values():
        add(copy, name, line)
    checked = check_imports(copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr
