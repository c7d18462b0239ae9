"""Passwords of staff: what is refused, hashing, checking. Never keeps, logs or repeats one."""

import unicodedata
from functools import cache
from pathlib import Path

import bcrypt

COST = 12
SHORTEST = 12  # characters
LONGEST = 72  # bytes: bcrypt looks at no more

_COMMON = Path(__file__).parent / "vendored" / "common_passwords.txt"
_DECORATION = "0123456789!?.,;:-_+*#@$%&/()=' \""

# Of a password nobody knows: an unknown account takes as long to refuse as a known one.
_NOBODY = b"$2b$12$vdj7iKp9whmHVlsfF4xyNeyuajwPeSduJgBTXPzmT/6WZW/1s4QNK"


def refusal(password: str) -> str | None:
    """Why this can't be anybody's password, or None."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four unrelated words are a good password."
    if len(_bytes(password)) > LONGEST:
        return f"This is too long: {LONGEST} bytes at most. A letter with an accent takes two, other scripts three."
    if _is_common(password.casefold()):
        return "Many people use this password, so it is guessed first. Three unrelated words are better."
    return None


def hashed(password: str, *, cost: int = COST) -> str:
    """Raises ValueError over 72 bytes; `refusal` says so before."""
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(cost)).decode("ascii")


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password of that hash. Takes the same time where there is no hash."""
    given = _bytes(password)
    same = bcrypt.checkpw(given[:LONGEST], password_hash.encode("ascii") if password_hash else _NOBODY)
    return same and password_hash is not None and len(given) <= LONGEST


def _bytes(password: str) -> bytes:
    # The same letters can arrive composed or not, as the keyboard likes.
    return unicodedata.normalize("NFC", password).encode("utf-8")


def _is_common(password: str) -> bool:
    """In the list itself, or an entry of it that was repeated or dressed up with digits and signs."""
    common = _common()
    return (
        password in common
        or password.strip(_DECORATION) in common
        or any(size == 1 or password[:size] in common for size in _repeated_sizes(password))
    )


def _repeated_sizes(password: str) -> list[int]:
    half = len(password) // 2
    return [
        size for size in range(1, half + 1) if password == (password[:size] * len(password))[: len(password)]
    ]


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split("\n")) - {""}
