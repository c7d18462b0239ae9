"""The rules and verbs of booking and queueing. Never SQL, HTTP, a clock of its own, or a channel's name in an `if`."""
