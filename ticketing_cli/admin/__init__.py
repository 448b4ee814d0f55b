"""Admin: the operator's commands for accounts, orders, money and events."""
