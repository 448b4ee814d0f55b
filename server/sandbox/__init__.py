"""Sandbox: a Stripe-shaped gateway behind the real SDK, in this process, where no money moves."""

from server.sandbox.faults import Fault
from server.sandbox.sandbox import Reply, Sandbox
from server.sandbox.transport import SandboxTransport

__all__ = ["Fault", "Reply", "Sandbox", "SandboxTransport"]
