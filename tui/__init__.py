"""The terminal app: the marketplace on one screen, live."""
