"""Addresses that a form or link may lead back to: ours only, so that nobody is sent elsewhere from here."""

from urllib.parse import urlsplit


def own_page(address: str | None) -> str | None:
    """The address where it is a path of this site, else None."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return None
    if "\\" in address or not address.isprintable() or urlsplit(address).netloc:
        return None
    return address
