"""Sandbox: a Stripe-shaped gateway behind the real SDK, in this process, where no money moves."""

from server import without

with without("httpx"):
    import stripe  # noqa: F401  for the modules of this package

from server.sandbox.faults import Fault
from server.sandbox.routes import HostedPageRoutes
from server.sandbox.sandbox import Sandbox
from server.sandbox.transport import SandboxTransport

__all__ = ["Fault", "HostedPageRoutes", "Sandbox", "SandboxTransport"]
