"""Servers and processes that `make run` and the tests start on this machine; never used in production."""
