"""Screens: one noun each, with its own stylesheet beside it."""
