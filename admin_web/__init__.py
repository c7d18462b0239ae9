"""Pages for staff, boards and tickets; they import the domain, never persistence or another edge."""

from admin_web.application import create_app

__all__ = ["create_app"]
