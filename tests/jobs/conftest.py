"""The hospital of the deliveries, for what the clock does by itself."""

from tests.delivery.conftest import clock, hints, hospital, sender, services, story_url, uow

__all__ = ["clock", "hints", "hospital", "sender", "services", "story_url", "uow"]
