"""Admin: the operator's screen: the event flow, locks, jobs, orders, people and alerts."""
