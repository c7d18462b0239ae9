"""What is refused as a password, and what hashing promises."""

import hashlib
import tomllib
from pathlib import Path

import bcrypt
import pytest

from admin_web import passwords

VENDORED = Path(passwords.__file__).parent / "vendored"


@pytest.mark.parametrize(
    "password",
    ["1q2w3e4r5t6y", "Password1234!", "!!letmein2024!!", "dragondragon", "aaaaaaaaaaaaaa", "abc123abc123"],
)
def test_a_common_password_is_refused_however_it_is_dressed_up(password: str) -> None:
    assert "guessed first" in str(passwords.refusal(password))


def test_a_short_password_is_refused() -> None:
    assert "at least 12" in str(passwords.refusal("orchard mop"))


def test_a_password_over_72_bytes_is_refused_with_the_reason() -> None:
    fits = "अ" * 23 + "bcd"
    assert len(fits.encode()) == 72
    assert passwords.refusal(fits) is None
    assert "72 bytes" in str(passwords.refusal(fits + "e"))


@pytest.mark.parametrize("password", ["lantern orchard seventeen", "vxq7-plum-Tack", "टमाटर खिड़की बादल"])
def test_unrelated_words_are_taken(password: str) -> None:
    assert passwords.refusal(password) is None


def test_a_hash_has_the_cost_that_guessing_needs_and_only_its_password_matches() -> None:
    kept = passwords.hashed("lantern orchard seventeen")
    assert kept.startswith("$2b$12$")
    assert passwords.matches("lantern orchard seventeen", kept)
    assert not passwords.matches("lantern orchard sixteen", kept)


def test_the_same_letters_match_however_the_keyboard_composes_them() -> None:
    assert passwords.matches("cafe\u0301 orchard seven", passwords.hashed("caf\u00e9 orchard seven", cost=4))


def test_a_longer_password_never_matches_by_its_first_72_bytes() -> None:
    kept = passwords.hashed("x" * 72, cost=4)
    assert passwords.matches("x" * 72, kept)
    assert not passwords.matches("x" * 73, kept)


def test_nobody_s_hash_is_a_real_one_of_full_cost_and_is_never_matched() -> None:
    assert not passwords.matches("lantern orchard seventeen", None)
    assert passwords._NOBODY.startswith(b"$2b$12$")
    assert not bcrypt.checkpw(b"", passwords._NOBODY)


def test_what_we_carry_of_others_is_what_the_list_says() -> None:
    files = tomllib.loads((VENDORED / "vendored.toml").read_text())["file"]
    for file in files:
        assert hashlib.sha256((VENDORED / file["path"]).read_bytes()).hexdigest() == file["sha256"]
        assert (VENDORED / file["licence_path"]).read_text().strip()
        assert file["name"]
        assert file["version"]
        assert file["licence"]
    named = {file[key] for file in files for key in ("path", "licence_path")} | {"vendored.toml"}
    assert {path.name for path in VENDORED.iterdir()} == named
