"""Tests may reach this machine and no other."""

import socket

import pytest

from embedded.process import free_port


def test_another_machine_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match="only reach this machine"):
        connection.connect(("192.0.2.1", 80))


def test_a_name_of_another_machine_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match="only reach this machine"):
        socket.getaddrinfo("example.org", 443)


def test_this_machine_is_reached() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()))
