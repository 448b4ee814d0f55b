"""Widgets: what several features share."""
