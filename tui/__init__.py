"""The terminal app: a live view of the marketplace."""
