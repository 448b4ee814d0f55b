"""Expiration: sleeps until the nearest deadline, and rings."""

from server.expiration.service import Alarm, ring

__all__ = ["Alarm", "ring"]
