"""Widgets: the pieces that screens are made of."""
