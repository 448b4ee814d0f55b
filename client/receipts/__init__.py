"""Receipts: what a receipt says, in words, and as text for whatever can show some."""
