"""Wallet: the tickets a user has bought, and the entry code as the gate scans it."""
