"""The server: owns the state, and is the only one that speaks to Stripe."""
