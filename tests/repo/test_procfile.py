"""Every line of the Procfile starts something that exists."""

from importlib import import_module
from importlib.util import find_spec

import pytest

import app
from embedded.procfile import read_procfile


def test_the_lines_are_the_processes_of_production() -> None:
    assert list(read_procfile()) == ["release", "web", "bot", "inbox", "alerts", "bulk", "clock"]


@pytest.mark.parametrize("argv", read_procfile().values(), ids=read_procfile())
def test_what_a_line_starts_exists(argv: list[str]) -> None:
    match argv:
        case ["python", "app.py", command]:
            assert command in app.cli.commands
        case ["python", "-m", module, *_]:
            assert find_spec(module) is not None
            assert (
                find_spec(f"{module}.__main__") if module == "bot" else callable(import_module(module).main)
            )
        case ["gunicorn", target, *_]:
            module, _, call = target.partition(":")
            assert callable(getattr(import_module(module), call.removesuffix("()")))
        case _:
            pytest.fail(f"an unknown kind of line: {argv}")


@pytest.mark.parametrize("name", [name for name in read_procfile() if name in {"inbox", "alerts", "bulk"}])
def test_a_worker_works_the_one_queue_it_is_named_after(name: str) -> None:
    assert read_procfile()[name] == ["python", "-m", "jobs.worker", name]
