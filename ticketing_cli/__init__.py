"""Ticketing CLI: the command-line client. One file per noun, one function per command."""

__version__ = "0.1.0"
