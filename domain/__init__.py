"""The rules of appointments and queues: pure; no SQL, no HTTP, no clock of its own, no framework."""
