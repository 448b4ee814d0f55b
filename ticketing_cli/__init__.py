"""Ticketing CLI: the marketplace as commands. One file per noun, one function per command."""

__version__ = "0.1.0"
