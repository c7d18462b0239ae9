"""The hospital of the deliveries, for what the clock does by itself."""

from tests.delivery.conftest import channels, clock, hints, hospital, sender, services, story_url, uow

__all__ = ["channels", "clock", "hints", "hospital", "sender", "services", "story_url", "uow"]
