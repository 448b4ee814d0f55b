"""Receipts: the content of a receipt, and its layout as plain text."""
