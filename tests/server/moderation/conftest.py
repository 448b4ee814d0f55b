"""Failures in these tests are intended: their log lines are captured, not printed."""

from tests.server.quiet import quiet

__all__ = ["quiet"]
