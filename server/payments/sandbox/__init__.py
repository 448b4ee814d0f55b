"""Sandbox: a Stripe-shaped gateway behind the real SDK, in this process, where no money moves."""

from server.payments.sandbox.faults import Fault
from server.payments.sandbox.sandbox import Reply, Sandbox
from server.payments.sandbox.transport import SandboxTransport

__all__ = ["Fault", "Reply", "Sandbox", "SandboxTransport"]
