"""Operator: the house as it works, and what an operator may do about it; a page for each noun."""

from tui.screens.operator.screen import Operator

__all__ = ["Operator"]
