"""The organiser's screen: its shows, their seats and sales, and their gates."""
