"""The stories' marketplace is the one that commands are tried at: it keeps a fee of 5 %."""

from tests.cli.conftest import clock, server

__all__ = ["clock", "server"]
