"""Checkout: from a ticket on sale to a paid ticket, and saving a card."""
