"""The parts of README.md and .env.example that the table of settings writes: `make documents`."""

import re
from pathlib import Path

from settings import table_as_env_example, table_as_markdown

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
ENV_EXAMPLE = ROOT / ".env.example"


def with_settings(readme: str) -> str:
    """The README's text with the present table between its markers; raises ValueError without markers."""
    between = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)
    if not between.search(readme):
        raise ValueError("README.md has no place for the settings.")
    return between.sub(lambda _: table_as_markdown(), readme)


def write() -> None:
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
    ENV_EXAMPLE.write_text(table_as_env_example(), encoding="utf-8")


if __name__ == "__main__":
    write()
