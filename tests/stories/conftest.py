"""The stories' marketplace is the one that commands are tried at: it keeps a fee of 5 %."""

from tests.cli.conftest import server

__all__ = ["server"]
